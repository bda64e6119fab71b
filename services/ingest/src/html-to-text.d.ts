/** The one function of it that we call; the package brings no types. */
declare module "html-to-text" {
  export const convert: (html: string, options: Readonly<Record<string, unknown>>) => string;
}
