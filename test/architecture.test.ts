import { existsSync, globSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, relative, resolve } from "node:path";

import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** Lowest first: a room may import what lies below its own line, nothing beside it and nothing above. */
const layers = [
  ["contracts"],
  ["consent", "redaction", "envelope", "audit"],
  ["archive"],
  ["stream", "stores"],
  ["service"],
  ["ingest", "consent-gate", "transcriber", "redactor", "archiver", "auditor"],
  ["cli"],
];
const services = layers[5] ?? [];
/** No files, no network, no clock, no chance but by parameter: what they say depends on what they are given. */
const pure = ["contracts", "consent", "redaction", "envelope", "audit"];
/** Schemas are written where the thing is known; the logger is passed around by its type. */
const anywhere = new Set(["zod", "pino"]);

interface Source {
  readonly file: string;
  readonly room: string;
  readonly text: string;
  /** The text less comments. */
  readonly code: string;
  readonly imports: readonly string[];
}

const importing =
  /^(?:import|export)\b[^;"]*?\bfrom\s*"([^"]+)"|^import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;

const read = (pattern: string): Source[] =>
  globSync(pattern, { cwd: root, exclude: (path) => path.includes("node_modules") }).map((file) => {
    const text = readFileSync(resolve(root, file), "utf8");
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    const imports = [...code.matchAll(importing)].map(([, from, bare, lazy]) => from ?? bare ?? lazy ?? "");
    return { file, room: file.split("/")[1] ?? "", text, code, imports };
  });

const sources = read("{packages,services}/*/src/**/*.ts");
const tests = read("{packages,services}/*/test/**/*.ts");
const everything = [...sources, ...tests, ...read("test/**/*.ts"), ...read("infra/**/*.mjs")];
const rankOf = (room: string): number => layers.findIndex((layer) => layer.includes(room));
const packageOf = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
const roomOf = (name: string): string | null =>
  name.startsWith("@sotto/") ? (name.split("/")[1] ?? null) : null;

test("knows every room", () => {
  const rooms = globSync("{packages,services}/*/package.json", { cwd: root }).map(
    (file) => file.split("/")[1],
  );
  expect(new Set(rooms)).toEqual(new Set(layers.flat()));
  expect(new Set(sources.map(({ room }) => room)).size).toBe(rooms.length);
});

test("imports rooms only downwards: nothing but the command line imports a service", () => {
  const upwards = sources.flatMap(({ file, room, imports }) =>
    imports
      .map(roomOf)
      .filter((other) => other !== null && rankOf(other) >= rankOf(room))
      .map((other) => `${file} imports ${other}`),
  );
  expect(upwards).toEqual([]);
});

test("tests of a room do not reach for services either, but those of the command line", () => {
  const reaching = tests.flatMap(({ file, room, imports }) =>
    imports
      .map(roomOf)
      .filter((other) => other !== null && services.includes(other) && other !== room && room !== "cli")
      .map((other) => `${file} imports ${other}`),
  );
  expect(reaching).toEqual([]);
});

test("declares what it imports", () => {
  const undeclared = sources.flatMap(({ file, room, imports }) => {
    const folder = services.includes(room) ? "services" : "packages";
    const manifest = JSON.parse(readFileSync(resolve(root, folder, room, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
    };
    return imports
      .filter(
        (name) =>
          !name.startsWith(".") && !isBuiltin(name) && !(packageOf(name) in (manifest.dependencies ?? {})),
      )
      .map((name) => `${file} imports ${name}`);
  });
  expect(undeclared).toEqual([]);
});

test("imports each third-party package in one room only", () => {
  const rooms = new Map<string, Set<string>>();
  for (const { room, imports } of sources) {
    for (const name of imports) {
      if (name.startsWith(".") || isBuiltin(name) || roomOf(name) !== null || anywhere.has(name)) continue;
      rooms.set(packageOf(name), (rooms.get(packageOf(name)) ?? new Set()).add(room));
    }
  }
  const shared = [...rooms].filter(([, users]) => users.size > 1).map(([name, users]) => [name, [...users]]);
  expect(shared).toEqual([]);
});

test("takes the logger by its type only, but for the room that opens it", () => {
  const opening = sources.filter(
    ({ room, code }) => room !== "service" && /^import (?!type )[^;]*"pino"/m.test(code),
  );
  expect(opening.map(({ file }) => file)).toEqual([]);
});

test("enters a package by its one door", () => {
  const deep = [...sources, ...tests].flatMap(({ file, imports }) => {
    const home = file.split("/").slice(0, 2).join("/");
    // The policy folder belongs to nobody: it is data that a room may bundle.
    const isInside = (path: string): boolean => path.startsWith(`${home}/`) || path.startsWith("policy/");
    return imports
      .filter((name) =>
        name.startsWith(".")
          ? !isInside(relative(root, resolve(root, dirname(file), name)))
          : roomOf(name) !== null && name.split("/").length > 2,
      )
      .map((name) => `${file} imports ${name}`);
  });
  expect(deep).toEqual([]);
});

test("imports files that are there, by their whole name", () => {
  const missing = everything.flatMap(({ file, imports }) =>
    imports
      .filter((name) => name.startsWith(".") && !existsSync(resolve(root, dirname(file), name)))
      .map((name) => `${file} imports ${name}`),
  );
  expect(missing).toEqual([]);
});

test("names what a package exports, one by one", () => {
  const open = sources.filter(({ code }) => /^export \*/m.test(code));
  expect(open.map(({ file }) => file)).toEqual([]);
});

test("has no file of more than 400 lines", () => {
  const long = everything.filter(({ text }) => text.trimEnd().split("\n").length > 400);
  expect(long.map(({ file }) => file)).toEqual([]);
});

test.each([
  ["files", /"node:fs(\/promises)?"/],
  ["the network", /"node:(net|http|https|http2|dgram|dns|tls)(\/promises)?"/],
  ["the clock", /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime\b/],
  ["chance", /\bMath\.random\(/],
  ["the environment", /\bprocess\.env\b/],
])("keeps %s out of the pure packages", (_, forbidden) => {
  const impure = sources.filter(({ room, code }) => pure.includes(room) && forbidden.test(code));
  expect(impure.map(({ file }) => file)).toEqual([]);
});

test("reads the environment at the top only", () => {
  const deep = sources.filter(
    ({ file, code }) => /\bprocess\.env\b/.test(code) && !file.endsWith("/src/main.ts"),
  );
  expect(deep.map(({ file }) => file)).toEqual([]);
});

test("starts Sotto by at most 40 lines of plain JavaScript", () => {
  const launcher = readFileSync(resolve(root, "infra/node/launch.mjs"), "utf8");
  expect(launcher.trimEnd().split("\n").length).toBeLessThanOrEqual(40);
});
