import type { KeyStore } from "@sotto/envelope";
import { expect, test } from "vitest";

/** What every key store must do. `make` opens an empty one. */
export const testKeyStore = (name: string, make: () => Promise<KeyStore>): void => {
  const key = "conversations/c_0123456789abcdefghjkmnpqrs.key";

  test(`${name} 1: reads nothing where nothing was created`, async () => {
    expect(await (await make()).read(key)).toBeNull();
  });

  test.each([
    ["no bytes", new Uint8Array(0)],
    ["every byte", Uint8Array.from({ length: 256 }, (_, byte) => byte)],
    ["256 KiB", new Uint8Array(262_144).fill(7)],
  ])(`${name} 2: reads what was created, byte for byte: %s`, async (_, bytes) => {
    const store = await make();
    const created = await store.create(key, bytes);
    const stored = await store.read(key);
    expect(text(stored?.bytes)).toBe(text(bytes));
    expect(stored?.etag).toBe(created?.etag);
    expect(stored?.etag).toBeTypeOf("string");
  });

  test(`${name} 3: creates a name once, and changes nothing the second time`, async () => {
    const store = await make();
    const created = await store.create(key, bytesOf("first"));
    expect(await store.create(key, bytesOf("second"))).toBeNull();
    expect(await store.read(key)).toEqual({ bytes: bytesOf("first"), etag: created?.etag });
  });

  test(`${name} 4: replaces over the etag it has, and gives a new one`, async () => {
    const store = await make();
    const created = await created1(store, key);
    const replaced = await store.replace(key, bytesOf("second"), created);
    expect(replaced?.etag).not.toBe(created);
    expect(await store.read(key)).toEqual({ bytes: bytesOf("second"), etag: replaced?.etag });
  });

  test(`${name} 5: does not replace over an etag that was, and changes nothing then`, async () => {
    const store = await make();
    const created = await created1(store, key);
    const replaced = await store.replace(key, bytesOf("second"), created);
    expect(await store.replace(key, bytesOf("third"), created)).toBeNull();
    expect(await store.read(key)).toEqual({ bytes: bytesOf("second"), etag: replaced?.etag });
  });

  test(`${name} 6: does not replace what is not there`, async () => {
    const store = await make();
    const other = await created1(store, "conversations/other.key");
    expect(await store.replace(key, bytesOf("x"), other)).toBeNull();
    expect(await store.read(key)).toBeNull();
  });

  test(`${name} 7: lets one of 20 concurrent creates win, and keeps the winner's bytes`, async () => {
    const store = await make();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => ({ n, won: await store.create(key, bytesOf(`by ${n}`)) })),
    );
    const winners = answers.filter(({ won }) => won !== null);
    expect(winners).toHaveLength(1);
    expect(await store.read(key)).toEqual({
      bytes: bytesOf(`by ${winners[0]?.n}`),
      etag: winners[0]?.won?.etag,
    });
  });

  test(`${name} 8: lets one of 20 concurrent replacements of an etag win`, async () => {
    const store = await make();
    const etag = await created1(store, key);
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => ({
        n,
        won: await store.replace(key, bytesOf(`by ${n}`), etag),
      })),
    );
    const winners = answers.filter(({ won }) => won !== null);
    expect(winners).toHaveLength(1);
    expect(await store.read(key)).toEqual({
      bytes: bytesOf(`by ${winners[0]?.n}`),
      etag: winners[0]?.won?.etag,
    });
  });

  test(`${name} 9: loses no change that eight writers make by compare-and-swap`, async () => {
    const store = await make();
    await store.create(key, bytesOf("0"));
    const add = async (): Promise<void> => {
      for (;;) {
        const stored = await store.read(key);
        if (stored === null) throw new Error("The object has gone");
        const next = bytesOf(String(Number(text(stored.bytes)) + 1));
        if ((await store.replace(key, next, stored.etag)) !== null) return;
      }
    };
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let n = 0; n < 5; n += 1) await add();
      }),
    );
    expect(text((await store.read(key))?.bytes)).toBe("40");
  });

  test(`${name} 10: keeps names apart that share their beginning`, async () => {
    const store = await make();
    for (const one of ["a/b.key", "a/b.key2", "a/bb.key", "a/b/c.key", "ab.key"])
      expect(await store.create(one, bytesOf(one))).not.toBeNull();
    for (const one of ["a/b.key", "a/b.key2", "a/bb.key", "a/b/c.key", "ab.key"])
      expect(text((await store.read(one))?.bytes)).toBe(one);
  });

  test.each(["", "/a", "a/", "a//b", "../a", "a/../../b", "a/..", "./a", "a\\b", "a\0b", "ä", "a b"])(
    `${name} 11: refuses the name %j, everywhere`,
    async (bad) => {
      const store = await make();
      await expect(store.create(bad, bytesOf("x"))).rejects.toThrow();
      await expect(store.read(bad)).rejects.toThrow();
      await expect(store.replace(bad, bytesOf("x"), "e")).rejects.toThrow();
    },
  );

  test(`${name} 12: gives bytes that are the caller's to change`, async () => {
    const store = await make();
    const bytes = bytesOf("mine");
    await store.create(key, bytes);
    bytes.fill(0);
    (await store.read(key))?.bytes.fill(0);
    expect(text((await store.read(key))?.bytes)).toBe("mine");
  });
};

const bytesOf = (of: string): Uint8Array => new TextEncoder().encode(of);
const text = (bytes: Uint8Array | undefined): string => new TextDecoder("latin1").decode(bytes);

const created1 = async (store: KeyStore, key: string): Promise<string> => {
  const created = await store.create(key, bytesOf("first"));
  if (created === null) throw new Error("The store was not empty");
  return created.etag;
};
