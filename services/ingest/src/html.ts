import { convert } from "html-to-text";

/**
 * The text that a person reading an HTML mail sees, never longer than the HTML. Links keep their words and lose their
 * address, images go, quoted mail stays as it stands. HTML that the converter cannot take (nested so deeply that its
 * stack ends) or that would grow loses its tags and nothing else: whatever is sent, the words come through and the door
 * stays up.
 */
export const textOfHtml = (html: string): string => {
  try {
    const text = convert(html, options);
    return text.length > html.length ? withoutTags(html) : text;
  } catch {
    return withoutTags(html);
  }
};

const heading = { uppercase: false };
const options = {
  wordwrap: false,
  selectors: [
    { selector: "a", options: { ignoreHref: true } },
    { selector: "img", format: "skip" },
    // Indenting every line at every level takes seconds for one mail that is nested to that end.
    ...["ul", "ol", "li", "blockquote"].map((selector) => ({ selector, format: "block" })),
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: heading })),
  ],
} as const;

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/** Linear in every input: no pattern here can look past the next `<`. */
const withoutTags = (html: string): string =>
  html
    .replaceAll(/<[^<>]*>/g, " ")
    .replaceAll(/&(amp|lt|gt|quot|apos|nbsp);/g, (whole, name: string) => entities[name] ?? whole)
    .replaceAll(/[ \t]{2,}/g, " ")
    .trim();
