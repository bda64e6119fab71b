/**
 * JSON in canonical form (RFC 8785): keys sorted by UTF-16 code units, no white space, numbers and strings as
 * ECMAScript writes them. Equal values give equal bytes. Throws on what JSON cannot say: undefined, a number that is
 * not finite, bytes, an unpaired surrogate.
 */
export const canonicalJson = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw new TypeError("Cannot write JSON: unpaired surrogate");
      return JSON.stringify(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError("Cannot write JSON: number is not finite");
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : Array.isArray(value) ? array(value) : object(value);
    default:
      throw new TypeError(`Cannot write JSON: ${typeof value}`);
  }
};

const array = (items: readonly unknown[]): string => `[${items.map(canonicalJson).join(",")}]`;

const object = (value: object): string => {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A Date, a Map or bytes would silently become {} or an object of indexes.
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError("Cannot write JSON: not a plain object");
  return `{${Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${canonicalJson(key)}:${canonicalJson(item)}`)
    .join(",")}}`;
};
