import { expect, test } from "vitest";

import { openLogger, type Logger, type LogLevel } from "../src/logger.ts";

const secret = "my card is 4111 1111 1111 1111";

const linesOf = (level: LogLevel, act: (logger: Logger) => void): Record<string, unknown>[] => {
  const lines: string[] = [];
  act(openLogger({ level, destination: { write: (line: string) => void lines.push(line) } }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

class QuarantineError extends Error {
  override readonly name = "QuarantineError";
}

test("writes one JSON object a line: level, time, fields, message, and nothing of the machine", () => {
  const [line] = linesOf("info", (logger) => logger.info({ conversation: "c_1", turns: 3 }, "landed"));
  expect(line).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    conversation: "c_1",
    turns: 3,
    msg: "landed",
  });
});

test("is silent below its level", () => {
  expect(linesOf("warn", (logger) => logger.info("x"))).toEqual([]);
});

test.each([
  ["as err", (logger: Logger, error: Error) => logger.error({ err: error }, "failed")],
  ["as err without a message of its own", (logger: Logger, error: Error) => logger.error({ err: error })],
  ["as error", (logger: Logger, error: Error) => logger.error({ error }, "failed")],
  ["bare", (logger: Logger, error: Error) => logger.error(error)],
  ["bare with a message", (logger: Logger, error: Error) => logger.error(error, "failed")],
  ["from a child", (logger: Logger, error: Error) => logger.child({ worker: "gate" }).warn({ err: error })],
])("never repeats the message of an error that is not ours, given %s", (_, log) => {
  for (const level of ["info", "debug"] as const) {
    const error = Object.assign(new SyntaxError(`Unexpected token in "${secret}"`), {
      input: secret,
      code: "E_X",
    });
    const lines = linesOf(level, (logger) => log(logger, error));
    expect(lines).toHaveLength(1);
    const text = JSON.stringify(lines);
    expect(text).not.toContain("4111");
    expect(text).toContain("SyntaxError");
    expect(text).toContain("E_X");
  }
});

test("says what our own errors say, and of what caused them only the name", () => {
  const cause = new TypeError(secret);
  const [line] = linesOf("info", (logger) =>
    logger.error({ err: new QuarantineError("Facts of e_1 do not open", { cause }) }, "quarantined"),
  );
  expect(line?.["err"]).toEqual({
    name: "QuarantineError",
    message: "Facts of e_1 do not open",
    cause: { name: "TypeError" },
  });
});

test("shows where an error came from at level debug only, without its message", () => {
  const error = new RangeError(secret);
  const stackAt = (level: LogLevel): unknown => {
    const [line] = linesOf(level, (logger) => logger.error({ err: error }, "x"));
    return (line?.["err"] as Record<string, unknown> | undefined)?.["stack"];
  };
  expect(stackAt("info")).toBeUndefined();
  expect(stackAt("debug")).toMatch(/^ {4}at .*logger\.test\.ts/);
  expect(stackAt("debug")).not.toContain("4111");
});

test("follows causes no further than they help", () => {
  let error = new Error(secret);
  for (let depth = 0; depth < 50; depth += 1) error = new Error(secret, { cause: error });
  const [line] = linesOf("info", (logger) => logger.error({ err: error }, "x"));
  expect(JSON.stringify(line).match(/"cause"/g)).toHaveLength(3);
});
