import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";

import { afterAll, expect, test } from "vitest";

import { commands } from "../src/commands.ts";
import { run } from "../src/run.ts";

const folder = mkdtempSync(join(tmpdir(), "sotto-cli-"));
const at = (name: string): string => join(folder, name);
const deployment = {
  SOTTO_LOG: `file:${at("log.sqlite")}`,
  SOTTO_ARCHIVE: `file:${at("archive")}`,
  SOTTO_KEYS: `file:${at("keys")}`,
  SOTTO_AUDIT: `file:${at("audit")}`,
  SOTTO_KMS: `file:${at("kek.json")}`,
  SOTTO_SIGNING_KEY: `file:${at("log-key.json")}`,
};

const sotto = async (
  line: string,
  o: { env?: Record<string, string>; stdin?: string; isTty?: boolean } = {},
) => {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const code = await run(
    line.split(" ").filter((word) => word !== ""),
    {
      in: Readable.from([o.stdin ?? ""]),
      out,
      err,
      env: { ...deployment, ...o.env },
      isOutTty: o.isTty ?? false,
      isErrTty: false,
    },
    commands,
  );
  out.end();
  err.end();
  return { code, out: await text(out), err: await text(err) };
};

afterAll(() => rmSync(folder, { recursive: true }));

test("refuses to work where nothing was made, makes nothing itself, and says who does", async () => {
  for (const line of ["status", "up", "source list", "verify"]) {
    const { code, err } = await sotto(line);
    expect([line, code]).toEqual([line, 2]);
    expect(err).toMatch(/no (key file|signing key) at .*Run \.\/sotto init/);
  }
  expect((await sotto("init --dry-run")).out).toMatch(/^to make {2}key file/);
  expect(readdirSync(folder)).toEqual([]);
});

test("makes what is missing once, and never touches what is there", async () => {
  const steps = async (line: string): Promise<Set<string>> => {
    const { code, out } = await sotto(line);
    expect(code).toBe(0);
    return new Set((JSON.parse(out) as { steps: { state: string }[] }).steps.map(({ state }) => state));
  };
  expect(await steps("init --dry-run --json")).toEqual(new Set(["to make"]));
  expect(await steps("init --json")).toEqual(new Set(["made"]));
  expect(await steps("init --json")).toEqual(new Set(["there"]));
  expect(await steps("init --dry-run --json")).toEqual(new Set(["there"]));
});

test.each([
  ["", 2, "", /Usage|sotto COMMAND/],
  ["--help", 0, /sotto COMMAND[\s\S]*send[\s\S]*Exit codes/, ""],
  ["--version", 0, /^sotto \d+\.\d+\.\d+\n$/, ""],
  ["status --version", 0, /^sotto \d/, ""],
  ["help send", 0, /Examples/, ""],
  ["sned x", 2, "", /No command sned; did you mean send\?/],
  ["frobnicate", 2, "", /^No command frobnicate\nSee/],
  ["query", 2, "", /No command query/],
  ["send", 2, "", /Usage: \.\/sotto send FILE/],
  ["send a b", 2, "", /Usage/],
  ["send x --wat", 2, "", /Unknown option '--wat'.*send --help/],
  ["send x", 2, "", /needs a credential/],
  ["send - --credential-file /does/not/exist", 4, "", /Cannot read the credential file/],
  ["source", 2, "", /Usage: \.\/sotto source add/],
  ["source add /x/y", 2, "", /needs --tenant and --line/],
  ["source rotate /x/y", 1, "", /There is no source/],
  ["source list extra", 2, "", /Usage/],
  ["status extra", 2, "", /Usage: \.\/sotto status/],
  ["verify --key /does/not/exist", 4, "", /Cannot read the verifier key/],
] as const)("%s ends with %i", async (line, code, out, err) => {
  const said = await sotto(line);
  expect(said).toMatchObject({ code });
  expect(said.out).toMatch(out === "" ? /^$/ : out);
  expect(said.err).toMatch(err === "" ? /^$/ : err);
});

test.each(commands.map(({ name }) => name))(
  "%s --help has examples, each a line that can be typed",
  async (name) => {
    const { code, out, err } = await sotto(`${name} --help`);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("Examples");
    expect(out.split("Examples")[1]).toContain("sotto");
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(132);
  },
);

test("reports every wrong setting at once, and ends with 2", async () => {
  const { code, err } = await sotto("status", { env: { SOTTO_LOG: "kafka://b:9092", SOTTO_HTTP: "x" } });
  expect(code).toBe(2);
  expect(err).toMatch(/SOTTO_LOG this build has only the embedded adapters/);
  expect(err).toMatch(/SOTTO_HTTP must be HOST:PORT/);
});

test("colours for people only, and not when they ask for none", async () => {
  expect((await sotto("--help")).out).not.toContain("\u001b");
  expect((await sotto("--help", { isTty: true })).out).toContain("\u001b[1m");
  expect((await sotto("--help", { isTty: true, env: { NO_COLOR: "1" } })).out).not.toContain("\u001b");
});

test("adds a source, shows its credential once, and keeps no copy of it", async () => {
  const added = await sotto("source add /demo/one --tenant acme --line support --json");
  const { credential } = JSON.parse(added.out) as { credential: string };
  expect(credential).toMatch(/^sotto_[\w-]{43}$/);
  const listed = await sotto("source list --json");
  expect(JSON.parse(listed.out)).toMatchObject({
    sources: [{ source: "/demo/one", tenant: "acme", lines: ["support"] }],
  });
  const rotated = await sotto("source rotate /demo/one");
  expect(rotated.code).toBe(0);
  expect(rotated.out.trim()).not.toBe(credential);
  expect((await sotto("source add /demo/one --tenant acme --line support")).code).toBe(1);
  expect((await sotto("source add /demo/two --tenant other --line support")).err).toMatch(
    /no such line of tenant other/,
  );
});

test("status of a deployment at rest adds up to nothing, as text and as data", async () => {
  const { code, out } = await sotto("status");
  expect(code).toBe(0);
  expect(out).toMatch(/0 archived \+ 0 discarded \+ 0 quarantined \+ 0 held = 0 accepted/);
  const data = JSON.parse((await sotto("status --json")).out) as Record<string, unknown>;
  expect(data).toMatchObject({
    addsUp: true,
    account: { accepted: 0, inFlight: 0 },
    lag: { redactor: { records: 0 } },
  });
});

test("sending to a door that is shut ends with 7, and never shows the credential", async () => {
  writeFileSync(at("cred"), "sotto_s3cret\n");
  writeFileSync(at("events"), '{"specversion":"1.0"}\n');
  const line = `send ${at("events")} --credential-file ${at("cred")} --url http://127.0.0.1:9`;
  const { code, out, err } = await sotto(line);
  expect(code).toBe(7);
  expect(err).toMatch(/Nothing answers at http:\/\/127\.0\.0\.1:9: is \.\/sotto up running\?/);
  expect(out + err).not.toContain("s3cret");
  expect((await sotto(`send - --credential-file ${at("cred")} --wait soon`)).code).toBe(2);
});
