import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import type { CountryCode } from "libphonenumber-js/min";

const regionsOf = (language: string): readonly CountryCode[] => {
  const region = /-([A-Za-z]{2})\b/.exec(language)?.[1]?.toUpperCase();
  if (/^de/i.test(language))
    return region === "AT" ? ["AT", "DE"] : region === "CH" ? ["CH", "DE"] : ["DE", "AT", "CH"];
  if (region === "GB" || region === "IE") return ["GB", "IE", "US"];
  if (region === "IN") return ["IN", "US"];
  if (region === "AU" || region === "NZ") return ["AU", "NZ", "US"];
  return ["US", "GB", "IN"];
};

/** Freephone, shared-cost and emergency numbers that a company publishes: nobody's own (ITU-T E.169.1, national plans). */
const published =
  /^(?:\+?1)?(?:800|888|877|866|855|844|833)\d{7}$|^(?:\+?4[49]0?|0)(?:800|808|180\d|300|330|345|844|845)\d{5,8}$|^(?:\+|00)800\d{8}$/;

/** Is the number one that a company prints on its letters: 0800, 1-800, 0180x? */
export const isPublished = (digits: string): boolean => published.test(digits);

/**
 * The number in international form when it is possible in one of the language's regions, else undefined.
 * `digits` may begin with "+". Only candidates come here: the library is far too slow for whole texts.
 */
export const phoneNumber = (digits: string, language: string): string | undefined => {
  if (digits.length < 7 || digits.length > 17) return undefined;
  if (digits.startsWith("+")) {
    const parsed = parsePhoneNumberFromString(digits);
    return parsed?.isValid() === true ? parsed.number : undefined;
  }
  for (const region of regionsOf(language)) {
    const parsed = parsePhoneNumberFromString(digits, region);
    if (parsed?.isValid() === true) return parsed.number;
  }
  return undefined;
};
