import type { Candidate, Kind } from "./finding.ts";
import type { Scene } from "./scene.ts";

/** Something that a typed shape alone gives away. */
interface Pattern {
  readonly recognizer: string;
  readonly kind: Kind;
  /** Something without which the shape cannot occur, quick to look for: a text that lacks it is not searched. */
  readonly needs: RegExp;
  readonly shape: RegExp;
  readonly score: number;
  readonly accept?: (match: string) => boolean;
}

const octet = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const hex = "[0-9A-Fa-f]{1,4}";
const tops =
  "com|org|net|edu|gov|mil|int|info|biz|io|co|ai|app|dev|me|tv|eu|uk|de|at|ch|fr|nl|es|it|pl|us|ca|au|in|ie|be|se|no|dk|fi|cz|ru|cn|jp|br|za|online|shop|site|store|xyz|cloud|tech|email";

/** All quantifiers are bounded and every pattern begins at a boundary, so that no text takes more than linear time. */
const patterns: readonly Pattern[] = [
  {
    recognizer: "handle",
    kind: "USERNAME",
    needs: /@/,
    shape: /(?<![\p{L}\p{N}._@-])@[A-Za-z0-9_]{3,30}(?![\p{L}\p{N}@])/gu,
    score: 0.6,
  },
  {
    recognizer: "url",
    kind: "URL",
    needs: /:\/\//,
    shape: /(?<![\p{L}\p{N}])(?:https?|ftp):\/\/[^\s<>"']{1,2048}/giu,
    score: 0.95,
  },
  {
    recognizer: "domain",
    kind: "URL",
    needs: /\.[\p{L}\p{N}]/u,
    shape: new RegExp(
      `(?<![\\p{L}\\p{N}@._-])(?:[\\p{L}\\p{N}][\\p{L}\\p{N}-]{0,62}\\.){1,6}(?:${tops})(?:\\.[a-z]{2})?(?:/[^\\s<>"']{0,2048})?(?![\\p{L}\\p{N}@])`,
      "giu",
    ),
    score: 0.7,
    accept: (match) => !/^(?:a\.m|p\.m|e\.g|i\.e)\b/i.test(match) && match.length > 4,
  },
  {
    recognizer: "ipv4",
    kind: "IP",
    needs: /\d\.\d/,
    shape: new RegExp(`(?<![\\d.])(?:${octet}\\.){3}${octet}(?:/(?:3[0-2]|[12]?\\d))?(?![\\d]|\\.\\d)`, "g"),
    score: 0.95,
  },
  {
    recognizer: "ipv6",
    kind: "IP",
    needs: /:[0-9A-Fa-f:]/,
    shape: new RegExp(
      `(?<![\\w:.])(?:(?:${hex}:){7}${hex}|(?:${hex}(?::${hex}){0,6})?::(?:${hex}(?::${hex}){0,6})?(?::${octet}(?:\\.${octet}){3})?)(?:%\\w{1,20})?(?:/\\d{1,3})?(?![\\w:])`,
      "g",
    ),
    score: 0.9,
    accept: (match) => match.length > 2 && /[0-9a-f]/i.test(match),
  },
  {
    recognizer: "mac",
    kind: "MAC",
    needs: /[0-9A-Fa-f]{2}[:.-][0-9A-Fa-f]{2}/,
    shape:
      /(?<![\w:.-])(?:[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![\w:-])/g,
    score: 0.95,
    accept: (match) => !/^(?:[0:.-]+|[Ff:.-]+)$/.test(match),
  },
  {
    recognizer: "bitcoin",
    kind: "CRYPTO_WALLET",
    needs: /\d/,
    shape: /(?<![A-Za-z0-9])(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71})(?![A-Za-z0-9])/g,
    score: 0.9,
    accept: (match) =>
      /[a-z]/.test(match) && /\d/.test(match) && (/[A-Z]/.test(match) || match.startsWith("bc1")),
  },
  {
    recognizer: "ethereum",
    kind: "CRYPTO_WALLET",
    needs: /0x/,
    shape: /(?<![A-Za-z0-9])0x[0-9A-Fa-f]{40}(?![A-Za-z0-9])/g,
    score: 0.95,
  },
];

const local = /[\p{L}\p{N}._%+'-]/u;
const tight = /[\p{L}\p{N}][\p{L}\p{N}-]{0,62}(?:\.[\p{L}\p{N}][\p{L}\p{N}-]{0,62}){0,8}/uy;
const loose = /[ \t]?[\p{L}\p{N}][\p{L}\p{N}-]{0,62}(?:[ \t]?\.[ \t]?\p{L}[\p{L}\p{N}-]{1,62}){0,8}/uy;
const proper = /^(?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,8}(?:xn--[a-z0-9-]{1,59}|\p{L}{2,24})$/u;

/** Mail addresses, from each "@" outwards, so that a text of nothing but letters costs nothing. */
const findMails = (text: string): Candidate[] => {
  const found: Candidate[] = [];
  let floor = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const gap = text.charAt(at - 1) === " " ? 1 : 0;
    const domain = gap > 0 || text.charAt(at + 1) === " " ? loose : tight;
    domain.lastIndex = at + 1;
    const behind = (domain.exec(text)?.[0] ?? "").replace(/-+$/, "");
    let start = at - gap;
    while (start > floor && at - gap - start < 64 && local.test(text.charAt(start - 1))) start -= 1;
    while (start < at && /['.%-]/.test(text.charAt(start))) start += 1;
    const spaced = gap > 0 || /[ \t]/.test(behind);
    // "me @ work" is no address; "jo @ mail . com" is one, and so is "jo@intranet".
    if (behind === "" || start >= at - gap || (spaced && !behind.includes("."))) continue;
    const sure = !spaced && proper.test(behind);
    const end = at + 1 + behind.length;
    found.push({
      start,
      end,
      kind: "EMAIL",
      score: sure ? 0.99 : 0.8,
      recognizer: sure ? "email" : "email_like",
    });
    floor = end;
  }
  return found;
};

/** Shapes with marks of their own: addresses of mail, web, network and wallets. */
export const findPatterns = (scene: Scene): Candidate[] => {
  const { text } = scene;
  const found = findMails(text);
  for (const pattern of patterns) {
    if (!pattern.needs.test(text)) continue;
    for (const match of text.matchAll(pattern.shape)) {
      const raw = match[0].replace(/[.,;:!?)\]'-]{1,4}$/, "");
      if (raw === "" || pattern.accept?.(raw) === false) continue;
      const { kind, score, recognizer } = pattern;
      found.push({ start: match.index, end: match.index + raw.length, kind, score, recognizer });
    }
  }
  return found;
};
