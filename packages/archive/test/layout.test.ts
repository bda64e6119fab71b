import { expect, test } from "vitest";

import { conversationPrefix, documentName, parseDocumentName } from "@sotto/archive";

const place = {
  tenant: "acme",
  conversation: "c_0123456789abcdefghjkmnpqrs",
  section: 12,
  generation: 3,
  startedAt: Date.UTC(2026, 10, 24, 23, 59, 59, 999),
};
const name = "conversations/tenant=acme/dt=2026-11-24/c_0123456789abcdefghjkmnpqrs/12.g3.vcon";

test("names a document by tenant, UTC day of the conversation's start, conversation, section and generation", () => {
  expect(documentName(place)).toBe(name);
  expect(documentName({ ...place, startedAt: place.startedAt + 1 })).toContain("/dt=2026-11-25/");
  expect(name.startsWith(conversationPrefix(place))).toBe(true);
});

test("reads back what it has named", () => {
  expect(parseDocumentName(name)).toEqual({
    tenant: "acme",
    date: "2026-11-24",
    conversation: place.conversation,
    section: 12,
    generation: 3,
  });
});

test.each([
  "rows/tenant=acme/dt=2026-11-24.manifest",
  name.replace("12.g3", "012.g3"),
  name.replace("12.g3", "12.g0"),
  `${name}.tmp`,
  name.replace("acme", "a/b"),
])("does not take %s for a document", (other) => {
  expect(parseDocumentName(other)).toBeNull();
});

test.each([
  { tenant: "../up" },
  { tenant: "" },
  { conversation: ".." },
  { conversation: "a/b" },
  { section: 0 },
  { section: 1.5 },
  { generation: 0 },
])("refuses to name %o", (wrong) => {
  expect(() => documentName({ ...place, ...wrong })).toThrow("Cannot name an object");
});
