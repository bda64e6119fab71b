import { createSecretKey } from "node:crypto";
import { readFile } from "node:fs/promises";

import { bundledPolicy, FenceIndex } from "@sotto/consent";
import { digestHeaders, toHeaders } from "@sotto/contracts";
import { expect, test } from "vitest";

import { check } from "../src/check.ts";
import { prepare, preparing } from "../src/prepare.ts";

const document = new URL("../../../docs/formats/events.md", import.meta.url);

/** The code blocks of the document by the word after their language. */
const blocks = async (): Promise<Map<string, string>> => {
  const text = await readFile(document, "utf8");
  return new Map(
    [...text.matchAll(/```json (\w+)\n([\s\S]*?)```/g)].map(([, name = "", block = ""]) => [name, block]),
  );
};
const hex = (bytes: Uint8Array): string => `h'${Buffer.from(bytes).toString("hex")}'`;

/** What the document says its example was made with. */
const made = (sent: unknown) => {
  const receivedAt = Date.UTC(2026, 10, 24, 9, 0, 7, 250);
  const sender = { source: "/acme/emea", tenant: "acme", lines: ["support"] };
  const checked = check(sent, sender, { policy: bundledPolicy, now: receivedAt, bytes: undefined });
  if (!("ok" in checked)) throw new Error("The document's example is refused");
  const peppers = {
    id: createSecretKey(Buffer.alloc(32, 1)),
    subject: createSecretKey(Buffer.alloc(32, 2)),
    version: 1,
  };
  const fences = {
    index: new FenceIndex(),
    isFresh: () => true,
    ageMs: () => 0,
    trouble: () => null,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const { attributes, facts, content } = prepare(
    checked.ok,
    preparing({ sender, peppers, receivedAt, allowedAttributes: bundledPolicy.attributes, fences }),
  );
  const window = Math.floor(receivedAt / bundledPolicy.timing.rawWindowMs);
  return { headers: toHeaders(attributes), facts: { ...facts, window }, content };
};

test("the example of the document is what the door makes of it", async () => {
  const all = await blocks();
  const parsed = (name: string): unknown => JSON.parse(all.get(name) ?? "null");
  const { headers, facts, content } = made(parsed("sent"));
  const shownHeaders = Object.fromEntries(
    headers.map(([name, value]) => [name, Buffer.from(value).toString("utf8")]),
  );
  expect(parsed("headers")).toEqual(shownHeaders);
  expect(parsed("facts")).toEqual({ ...facts, digest: hex(facts.digest) });
  expect(parsed("content")).toEqual(content);
  expect(await readFile(document, "utf8")).toContain(hex(digestHeaders(headers)));
});
