import { expect, test } from "vitest";
import { z } from "zod";

import { doorAttributes, doorLimits } from "../src/door.ts";
import { doorData } from "../src/door-data.ts";
import { attributePlacements, eventKinds, eventType, examples, fieldPlacements } from "../src/index.ts";

/** The paths of every leaf of a schema, as the table writes them. */
const leavesOf = (schema: z.core.$ZodType, path: string): string[] => {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return leavesOf(schema.unwrap(), path);
  if (schema instanceof z.ZodArray) return leavesOf(schema.element, `${path}[]`);
  if (schema instanceof z.ZodRecord) return [`${path}{}`];
  if (!(schema instanceof z.ZodObject)) return [path];
  return Object.entries(schema.shape as Record<string, z.core.$ZodType>).flatMap(([name, field]) =>
    leavesOf(field, path === "" ? name : `${path}.${name}`),
  );
};

/** The same of a value. */
const pathsOf = (value: unknown, path: string): string[] => {
  if (Array.isArray(value)) return value.flatMap((element) => pathsOf(element, `${path}[]`));
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, field]) =>
    name === "attributes" ? [`${name}{}`] : pathsOf(field, path === "" ? name : `${path}.${name}`),
  );
};

test.each(eventKinds)("every field of %s has its place, and no other has one", (kind) => {
  expect(Object.keys(fieldPlacements[kind]).toSorted()).toEqual(leavesOf(doorData[kind], "").toSorted());
});

test("every attribute has its place", () => {
  expect(Object.keys(attributePlacements).toSorted()).toEqual(
    [...Object.keys(doorAttributes), "type", "data"].toSorted(),
  );
});

test.each(eventKinds)("the example of %s uses every field, so that tests over examples miss none", (kind) => {
  const used = new Set(pathsOf(examples[eventType(kind)].data, ""));
  expect(Object.keys(fieldPlacements[kind]).filter((path) => !used.has(path))).toEqual([]);
});

test("the limits of the data are those that the door tells", () => {
  expect(
    doorData["conversation.started"].shape.parties.safeParse(Array(doorLimits.parties).fill({})).error
      ?.issues,
  ).not.toContainEqual(expect.objectContaining({ code: "too_big" }));
});
