/** The release, as audit events and `--version` name it; a test holds it against package.json. */
export const version = "0.1.0";
