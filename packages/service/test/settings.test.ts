import { homedir } from "node:os";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import { projectRoot, readSettings, SettingsError, settingsUnder } from "../src/settings.ts";

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
};

test("needs nothing: the defaults are one deployment under the project, on this machine only", () => {
  const settings = readSettings({ PATH: "/bin", HOME: "/root" });
  const under = (name: string) => ({ kind: "file", path: resolve(projectRoot, ".sotto", name) });
  expect(settings).toEqual({
    log: under("log.sqlite"),
    archive: under("archive"),
    keys: under("keys"),
    audit: under("audit"),
    kms: under("kek.json"),
    signingKey: under("log-key.json"),
    policy: resolve(projectRoot, "policy"),
    transcriber: "none",
    http: { host: "127.0.0.1", port: 8080 },
    admin: { host: "127.0.0.1", port: 9464 },
    logLevel: "info",
    drainSeconds: 25,
  });
});

test.each([
  ["SOTTO_LOG", "file:data/log", "log", { kind: "file", path: resolve("data/log") }],
  ["SOTTO_ARCHIVE", "file:/var/a b", "archive", { kind: "file", path: "/var/a b" }],
  ["SOTTO_KEYS", "file:~/keys", "keys", { kind: "file", path: resolve(homedir(), "keys") }],
  ["SOTTO_POLICY", "rules", "policy", resolve("rules")],
  ["SOTTO_HTTP", "0.0.0.0:0", "http", { host: "0.0.0.0", port: 0 }],
  ["SOTTO_HTTP", "[::1]:8080", "http", { host: "::1", port: 8080 }],
  ["SOTTO_ADMIN", "localhost:65535", "admin", { host: "localhost", port: 65_535 }],
  ["SOTTO_LOG_LEVEL", "debug", "logLevel", "debug"],
  ["SOTTO_DRAIN_SECONDS", "0", "drainSeconds", 0],
  ["SOTTO_TRANSCRIBER", "none", "transcriber", "none"],
  ["SOTTO_ARCHIVE", "", "archive", { kind: "file", path: resolve(projectRoot, ".sotto/archive") }],
] as const)("reads %s=%s", (name, value, setting, expected) => {
  expect(readSettings({ [name]: value })[setting]).toEqual(expected);
});

test.each([
  ["SOTTO_LOG", "kafka://b1:9092", /only the embedded adapters.*kafka:/],
  ["SOTTO_ARCHIVE", "s3://bucket/prefix", /only the embedded adapters.*s3:/],
  ["SOTTO_KEYS", "s3://keys", /only the embedded adapters/],
  ["SOTTO_AUDIT", "s3://audit", /only the embedded adapters/],
  ["SOTTO_KMS", "aws-kms:alias/sotto", /only the embedded adapters.*aws-kms:/],
  ["SOTTO_SIGNING_KEY", "aws-kms:alias/log", /only the embedded adapters/],
  ["SOTTO_LOG", "/var/log.sqlite", /must be file:PATH/],
  ["SOTTO_LOG", "file:", /must be file:PATH/],
  ["SOTTO_LOG", "file:///var/log.sqlite", /must be file:PATH/],
  ["SOTTO_KEYS", "kafka://b1", /must be file:PATH/],
  ["SOTTO_HTTP", "8080", /must be HOST:PORT/],
  ["SOTTO_HTTP", "127.0.0.1:65536", /must be HOST:PORT/],
  ["SOTTO_ADMIN", "::1:80", /must be HOST:PORT/],
  ["SOTTO_LOG_LEVEL", "chatty", /must be one of debug, info/],
  ["SOTTO_DRAIN_SECONDS", "-1", /must be whole seconds/],
  ["SOTTO_TRANSCRIBER", "openai:http://whisper", /no speech engines/],
  ["SOTTO_ARCHVIE", "file:x", /SOTTO_ARCHVIE is not a setting/],
])("refuses %s=%s with a sentence that names the variable", (name, value, sentence) => {
  const [problem, ...more] = problemsOf({ [name]: value });
  expect(more).toEqual([]);
  expect(problem).toMatch(sentence);
  expect(problem).toContain(name);
});

test("reports every problem at once", () => {
  const problems = problemsOf({ SOTTO_LOG: "x", SOTTO_HTTP: "y", SOTTO_LOG_LEVEL: "z", SOTTO_NONE: "1" });
  expect(
    problems.map((problem) => problem.split(" ")[0]).toSorted((a = "", b = "") => (a < b ? -1 : 1)),
  ).toEqual(["SOTTO_HTTP", "SOTTO_LOG", "SOTTO_LOG_LEVEL", "SOTTO_NONE"]);
});

test("never repeats a value: a credential may have been pasted into the wrong variable", () => {
  const secret = "sotto_v3rys3cret";
  const env = { SOTTO_LOG: secret, SOTTO_HTTP: secret, SOTTO_LOG_LEVEL: secret, SOTTO_DRAIN_SECONDS: secret };
  expect(problemsOf(env)).toHaveLength(4);
  expect(problemsOf(env).join()).not.toContain(secret);
});

test("lays a whole deployment into one folder for who brings their own", () => {
  const settings = settingsUnder("/tmp/x", { drainSeconds: 1 });
  const places = [
    settings.log,
    settings.archive,
    settings.keys,
    settings.audit,
    settings.kms,
    settings.signingKey,
  ];
  expect(places.every(({ path }) => path.startsWith("/tmp/x/"))).toBe(true);
  expect([settings.http.port, settings.admin.port, settings.drainSeconds]).toEqual([0, 0, 1]);
});
