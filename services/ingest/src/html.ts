import { convert } from "html-to-text";

const maxNesting = 64;

/**
 * The text that a person reading an HTML mail sees, never longer than the HTML. Links keep their words and lose their
 * address, images go, quoted mail stays as it stands. HTML that is nested like no mail is, or that the converter cannot
 * take, loses its tags and nothing else: whatever is sent, the words come through and the door stays up.
 */
export const textOfHtml = (html: string): string => {
  if (nestingOf(html) > maxNesting) return withoutTags(html);
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
    // Marks before every line of every level would make a text longer than the mail it came from.
    { selector: "blockquote", format: "block" },
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: heading })),
  ],
} as const;

/** Tags opened and not closed, at most: a void element counts too, which is why the limit is generous. */
const nestingOf = (html: string): number => {
  let open = 0;
  let most = 0;
  for (const [tag] of html.matchAll(/<\/?[a-zA-Z][^<>]*>/g)) {
    if (tag.startsWith("</")) open = Math.max(0, open - 1);
    else if (!/^<(br|img|hr|meta|link|input|col|wbr)\b/i.test(tag)) open += 1;
    most = Math.max(most, open);
  }
  return most;
};

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
