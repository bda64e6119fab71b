import type { ObjectHead, ObjectStore } from "@sotto/archive";
import { expect, test } from "vitest";

/** What every object store must do. `make` opens an empty one; `many` is more than one page of its listing. */
export const testObjectStore = (
  name: string,
  make: () => Promise<ObjectStore>,
  { many = 60 }: { many?: number } = {},
): void => {
  const object = "conversations/tenant=acme/dt=2026-11-24/c_0123456789abcdefghjkmnpqrs/1.g1.vcon";

  test(`${name} 1: gets nothing where nothing was put, and deletes nothing there`, async () => {
    const store = await make();
    expect(await store.get(object)).toBeNull();
    expect(await store.delete(object)).toBe(false);
    expect(await heads(store, "")).toEqual([]);
  });

  test.each([
    ["no bytes", new Uint8Array(0)],
    ["every byte", Uint8Array.from({ length: 256 }, (_, byte) => byte)],
    ["6 MiB", new Uint8Array(6 * 1_048_576).fill(7)],
  ])(`${name} 2: gets what was put, byte for byte: %s`, async (_, bytes) => {
    const store = await make();
    const put = await store.putIfAbsent(object, bytes);
    const got = await store.get(object);
    expect(Buffer.from(got?.bytes ?? []).equals(bytes)).toBe(true);
    expect(got?.bytes.length).toBe(bytes.length);
    expect(got?.etag).toBe(put?.etag);
    expect(await heads(store, "")).toEqual([{ name: object, size: bytes.length, etag: put?.etag }]);
  });

  test(`${name} 3: puts a name once if absent, and changes nothing the second time`, async () => {
    const store = await make();
    const put = await store.putIfAbsent(object, bytesOf("first"));
    expect(await store.putIfAbsent(object, bytesOf("second"))).toBeNull();
    expect(await store.get(object)).toEqual({ bytes: bytesOf("first"), etag: put?.etag });
  });

  test(`${name} 4: puts over the etag it has, never over one that was`, async () => {
    const store = await make();
    const first = (await store.putIfAbsent(object, bytesOf("first")))?.etag ?? "";
    const second = (await store.putIfMatch(object, bytesOf("second"), first))?.etag ?? "";
    expect(second).not.toBe(first);
    expect(await store.putIfMatch(object, bytesOf("third"), first)).toBeNull();
    expect(await store.get(object)).toEqual({ bytes: bytesOf("second"), etag: second });
  });

  test(`${name} 5: does not put over what is not there`, async () => {
    const store = await make();
    const etag = (await store.putIfAbsent("other", bytesOf("x")))?.etag ?? "";
    expect(await store.putIfMatch(object, bytesOf("x"), etag)).toBeNull();
    await store.delete("other");
    expect(await store.putIfMatch("other", bytesOf("x"), etag)).toBeNull();
    expect(await heads(store, "")).toEqual([]);
  });

  test(`${name} 6: lets one of 20 concurrent puts of an absent name win`, async () => {
    const store = await make();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => ({
        n,
        won: await store.putIfAbsent(object, bytesOf(`by ${n}`)),
      })),
    );
    const winners = answers.filter(({ won }) => won !== null);
    expect(winners).toHaveLength(1);
    expect(await store.get(object)).toEqual({
      bytes: bytesOf(`by ${winners[0]?.n}`),
      etag: winners[0]?.won?.etag,
    });
  });

  test(`${name} 7: lets one of 20 concurrent puts over an etag win`, async () => {
    const store = await make();
    const etag = (await store.putIfAbsent(object, bytesOf("first")))?.etag ?? "";
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => ({
        n,
        won: await store.putIfMatch(object, bytesOf(`by ${n}`), etag),
      })),
    );
    const winners = answers.filter(({ won }) => won !== null);
    expect(winners).toHaveLength(1);
    expect(await store.get(object)).toEqual({
      bytes: bytesOf(`by ${winners[0]?.n}`),
      etag: winners[0]?.won?.etag,
    });
  });

  test(`${name} 8: deletes what is there, once, and its name is free then`, async () => {
    const store = await make();
    await store.putIfAbsent(object, bytesOf("first"));
    expect(await store.delete(object)).toBe(true);
    expect(await store.delete(object)).toBe(false);
    expect(await store.get(object)).toBeNull();
    expect(await store.putIfAbsent(object, bytesOf("second"))).not.toBeNull();
    expect(await store.get(object)).toMatchObject({ bytes: bytesOf("second") });
  });

  test(`${name} 9: lists by prefix, in order of the whole name`, async () => {
    const store = await make();
    // A dash sorts before the slash, a digit after it: order by part would differ from order by name.
    const names = ["a-b/c", "a/b", "a/b-c", "a/b.d/e", "a/b/c", "a0", "b/a", "b/a=1"];
    for (const one of names.toReversed()) {
      // A directory cannot hold an object and objects below it: "a/b" and "a/b/c" meet on object stores only.
      if (one !== "a/b/c") await store.putIfAbsent(one, bytesOf(one));
    }
    const there = names.filter((one) => one !== "a/b/c").toSorted();
    expect((await heads(store, "")).map((head) => head.name)).toEqual(there);
    for (const prefix of ["a", "a/", "a/b", "a/b-", "a/b.d", "a/b.d/", "b/a=", "c", "a/b.d/e", "a/b.d/e/f"])
      expect([prefix, (await heads(store, prefix)).map((head) => head.name)]).toEqual([
        prefix,
        there.filter((one) => one.startsWith(prefix)),
      ]);
  });

  test(`${name} 10: lists ${many} objects whole, each once, with the etag and size it has`, async () => {
    const store = await make();
    const put = new Map<string, string | undefined>();
    for (let from = 0; from < many; from += 20)
      await Promise.all(
        Array.from({ length: Math.min(20, many - from) }, async (_, n) => {
          const one = `tile/${String(from + n).padStart(5, "0")}`;
          put.set(one, (await store.putIfAbsent(one, bytesOf(one)))?.etag);
        }),
      );
    const listed = await heads(store, "tile/");
    expect(listed).toEqual(
      [...put.keys()].toSorted().map((one) => ({ name: one, size: 10, etag: put.get(one) })),
    );
  });

  test.each([
    "",
    "/a",
    "a/",
    "a//b",
    "../a",
    "a/../../b",
    "a/..",
    "./a",
    "a/./b",
    "a\\b",
    "a\0b",
    "ä",
    "a b",
  ])(`${name} 11: refuses the name %j, everywhere`, async (bad) => {
    const store = await make();
    await expect(store.putIfAbsent(bad, bytesOf("x"))).rejects.toThrow();
    await expect(store.putIfMatch(bad, bytesOf("x"), "e")).rejects.toThrow();
    await expect(store.get(bad)).rejects.toThrow();
    await expect(store.delete(bad)).rejects.toThrow();
  });
};

const bytesOf = (of: string): Uint8Array => new TextEncoder().encode(of);

const heads = async (store: ObjectStore, prefix: string): Promise<ObjectHead[]> =>
  Array.fromAsync(store.list(prefix));
