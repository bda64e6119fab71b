import { createHmac, type KeyObject } from "node:crypto";

import { base32, encodeCbor } from "@sotto/contracts";

/** Version of the rules below; part of what a token is made of, so a change of rule makes other tokens. */
const normaliser = 1;
const minPhoneDigits = 5;

/**
 * What stands in facts, fences and consents for an identifier of a person: HMAC-SHA256 under the tenant's subject pepper
 * of that version. null when nothing identifies: "anonymous" or "unknown" for a number would be one subject for
 * everybody, and one person's withdrawal everybody's.
 */
export const subjectToken = (
  pepper: KeyObject,
  version: number,
  identifier: { readonly kind: string; readonly value: string },
): string | null => {
  const normal = normalise(identifier.kind, identifier.value);
  if (normal === null) return null;
  const mac = createHmac("sha256", pepper).update(encodeCbor([normaliser, identifier.kind, normal]));
  return `s${version}_${base32(mac.digest())}`;
};

/** One spelling for all spellings of the same. */
export const normalise = (kind: string, value: string): string | null => {
  const text = value.normalize("NFKC").trim();
  if (kind === "phone") return phone(text);
  return text === "" ? null : text.toLowerCase();
};

/**
 * The digits of an E.164 number (ITU-T E.164 §6): signs and spaces go, `00` for `+` goes, an extension or a host
 * (RFC 3966, RFC 3261 §19.1) is not part of it. A national number keeps its own token: whose country it is of, is not told.
 */
const phone = (text: string): string | null => {
  const [number = ""] = text.toLowerCase().split(/[;@x#]|ext/);
  const digits = number.replaceAll(/\D/g, "").replace(/^00/, "");
  return digits.length < minPhoneDigits ? null : digits;
};
