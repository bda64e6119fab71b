import { EnvelopeError, type KeyContext, type KeyService } from "@sotto/envelope";
import { expect, test } from "vitest";

const context: KeyContext = {
  tenant: "acme",
  conversation: "c_0123456789abcdefghjkmnpqrs",
  slot: "raw",
  generation: "498884",
};

/**
 * What every key service must do. `make` opens the one under test; each test gets it anew, over the same keys or over
 * fresh ones.
 */
export const testKeyService = (name: string, make: () => Promise<KeyService>): void => {
  test(`${name} 1: gives a fresh key of 32 bytes each time`, async () => {
    const service = await make();
    const keys = await Promise.all(Array.from({ length: 20 }, () => service.dataKey("raw", context)));
    expect(keys.every(({ key }) => key.length === 32)).toBe(true);
    expect(new Set(keys.map(({ key }) => hex(key))).size).toBe(20);
    expect(new Set(keys.map(({ wrapped }) => hex(wrapped.wrapped))).size).toBe(20);
  });

  test(`${name} 2: opens what it wrapped, for the same context in any order`, async () => {
    const service = await make();
    const { key, wrapped } = await service.dataKey("raw", context);
    const reversed = Object.fromEntries(Object.entries(context).toReversed());
    expect(hex(await service.open(wrapped, context))).toBe(hex(key));
    expect(hex(await service.open(wrapped, reversed))).toBe(hex(key));
  });

  test.each([
    ["another value", { ...context, tenant: "other" }],
    ["another case", { ...context, tenant: "Acme" }],
    ["another generation", { ...context, generation: "498885" }],
    ["a missing entry", without(context, "conversation")],
    ["an added entry", { ...context, purpose: "any" }],
    ["another name for an entry", { ...without(context, "slot"), Slot: "raw" }],
    ["values that changed places", { ...context, tenant: context["slot"] ?? "", slot: "acme" }],
    ["nothing", {}],
  ])(`${name} 3: refuses to open for another context: %s`, async (_, other: KeyContext) => {
    const service = await make();
    const { wrapped } = await service.dataKey("raw", context);
    await expect(service.open(wrapped, other)).rejects.toThrow(EnvelopeError);
  });

  test(`${name} 4: refuses a wrap with any byte changed, shortened, lengthened or empty`, async () => {
    const service = await make();
    const { wrapped } = await service.dataKey("archive", context);
    const changed = Array.from(wrapped.wrapped, (byte, at) => wrapped.wrapped.with(at, byte ^ 0x01));
    const damaged = [
      ...changed,
      wrapped.wrapped.subarray(0, -1),
      wrapped.wrapped.subarray(1),
      Uint8Array.of(...wrapped.wrapped, 0),
      new Uint8Array(0),
    ];
    for (const bytes of damaged)
      await expect(service.open({ ...wrapped, wrapped: bytes }, context)).rejects.toThrow(EnvelopeError);
  });

  test(`${name} 5: refuses a wrap that names another key-encryption key, or none it has`, async () => {
    const service = await make();
    const { wrapped } = await service.dataKey("raw", context);
    const other = await service.dataKey("archive", context);
    expect(other.wrapped.kek).not.toBe(wrapped.kek);
    for (const kek of [other.wrapped.kek, "", `${wrapped.kek}x`, "constructor", "__proto__"])
      await expect(service.open({ ...wrapped, kek }, context)).rejects.toThrow(EnvelopeError);
  });

  test(`${name} 6: gives its caller bytes to zero, and keeps none of them`, async () => {
    const service = await make();
    const { key, wrapped } = await service.dataKey("grants", context);
    const before = hex(key);
    key.fill(0);
    const first = await service.open(wrapped, context);
    expect(hex(first)).toBe(before);
    first.fill(0);
    expect(hex(await service.open(wrapped, context))).toBe(before);
  });

  test(`${name} 7: shows nothing of the key in its wrap`, async () => {
    const service = await make();
    const { key, wrapped } = await service.dataKey("pepper", context);
    expect(hex(wrapped.wrapped)).not.toContain(hex(key).slice(0, 16));
    expect(wrapped.kek).not.toContain(Buffer.from(key).toString("base64").slice(0, 8));
  });

  test(`${name} 8: has a key-encryption key for every kind`, async () => {
    const service = await make();
    const kinds = ["raw", "archive", "rows", "facts", "grants", "parked", "register", "pepper"] as const;
    const keks = new Set<string>();
    for (const kind of kinds) {
      const { key, wrapped } = await service.dataKey(kind, context);
      expect(hex(await service.open(wrapped, context))).toBe(hex(key));
      keks.add(wrapped.kek);
    }
    expect(keks.size).toBe(kinds.length);
  });
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const without = (from: KeyContext, name: string): KeyContext =>
  Object.fromEntries(Object.entries(from).filter(([key]) => key !== name));
