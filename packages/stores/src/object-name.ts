const segment = /^[A-Za-z0-9_=+,:@~-][A-Za-z0-9._=+,:@~-]{0,199}$/;

/**
 * The parts of an object's name: `/`-separated, none empty, none starting with a dot (so no `..`, and none of the files
 * that a store keeps for itself). Throws TypeError for anything else: names are made of checked ids.
 */
export const partsOf = (name: string): readonly string[] => {
  const parts = name.split("/");
  if (name.length > 1000 || !parts.every((part) => segment.test(part)))
    throw new TypeError(
      "An object name has parts of [A-Za-z0-9._=+,:@~-], none starting with a dot, joined by /",
    );
  return parts;
};

/** A prefix of names may end anywhere: `""`, `rows/`, `rows/tenant=a`. */
export const checkPrefix = (prefix: string): string => {
  if (prefix !== "") partsOf(prefix.endsWith("/") ? prefix.slice(0, -1) : prefix);
  return prefix;
};
