import { connect } from "node:net";
import { gzipSync } from "node:zlib";

import { doorLimits } from "@sotto/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";

import { addSource } from "../src/index.ts";
import { batch, example, openDoor, type Door } from "./harness.ts";

let door: Door;
let other: string;
beforeAll(async () => {
  door = await openDoor({ limits: { headersMs: 300, requestMs: 600, refusalsEveryMs: 50 } });
  const { keyStore } = door.platform;
  other = (await addSource(keyStore, { source: "/globex/eu", tenant: "globex", lines: ["support"] }))
    .credential;
});
afterAll(() => door[Symbol.asyncDispose]());

const good = example("sotto.turn.added.v1");
const structured = "application/cloudevents+json";

interface Problem {
  readonly status: number;
  readonly reason: string;
  readonly errors?: ReadonlyArray<{ readonly pointer: string }>;
}
const problemIn = async (response: Response): Promise<Problem> => {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = (await response.json()) as Problem;
  expect(problem.status).toBe(response.status);
  return problem;
};
/** Nothing was kept, and the next good event is taken: whatever came before, the door stands. */
const expectUnharmed = async (): Promise<void> => {
  for (const topic of ["conversations", "fences", "consents"]) expect(await door.records(topic)).toEqual([]);
  const health = door.ingest.health();
  expect([health.live, health.ready]).toEqual([true, true]);
};

const wrong = `sotto_${"A".repeat(43)}`;
const credentials: ReadonlyArray<readonly [string, Record<string, string | null>, number]> = [
  ["no credential", { authorization: null }, 401],
  ["an empty one", { authorization: "" }, 401],
  ["another scheme", { authorization: `Basic ${Buffer.from("a:b").toString("base64")}` }, 401],
  ["a wrong one", { authorization: `Bearer ${wrong}` }, 401],
  ["one of 100,000 characters", { authorization: `Bearer ${"x".repeat(10_000)}` }, 401],
];
test.each(credentials)("with %s nothing is taken, in any mode", async (_, headers, status) => {
  const modes = [
    { "content-type": structured },
    batch,
    { "content-type": "application/json", "ce-specversion": "1.0" },
  ];
  for (const mode of modes) {
    const response = await door.post(good, { ...mode, ...headers });
    expect((await problemIn(response)).reason).toBe("UNAUTHENTICATED");
    expect(response.status).toBe(status);
    expect(response.headers.get("www-authenticate")).toContain("Bearer");
  }
  await expectUnharmed();
});

test("the credential of another tenant takes nothing, whatever the event says of itself", async () => {
  const authorization = `Bearer ${other}`;
  const reasons = [];
  const own = { ...good, source: "/globex/eu" };
  for (const event of [good, own, { ...own, tenant: "globex" }, { ...own, tenant: undefined }]) {
    const response = await door.post(event, { authorization });
    expect(response.status).toBe(403);
    reasons.push((await problemIn(response)).reason);
  }
  expect(reasons).toEqual(["SOURCE_MISMATCH", "TENANT_MISMATCH", "LINE_NOT_ALLOWED", "LINE_NOT_ALLOWED"]);
  await expectUnharmed();
});

test.each(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "QUERY"])(
  "%s is not taken",
  async (method) => {
    const response = await fetch(door.url, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
    if (method !== "HEAD") expect((await problemIn(response)).reason).toBe("METHOD_NOT_ALLOWED");
  },
);

test.each([
  "/",
  "/v1",
  "/v1/events/",
  "/v1/events/x",
  "/v1//events",
  "/metrics",
  "/problems/",
  "/problems/NO_SUCH",
  "/problems/__proto__",
  "/%zz",
  "/v1/events%00",
])("there is nothing at %s, with or without a credential", async (path) => {
  for (const method of ["GET", "POST"]) {
    const headers = { authorization: `Bearer ${door.credential}`, "content-type": structured };
    const response = await fetch(new URL(path, door.url), {
      method,
      headers,
      ...(method === "POST" && { body: "{}" }),
    });
    expect([400, 404]).toContain(response.status);
    await problemIn(response);
  }
});

test("what a problem means stands at its type", async () => {
  const { type } = (await (await door.post("{")).json()) as { type: string };
  const response = await fetch(new URL(type, door.url));
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("UTF-8")]);
});

const data = (change: object): unknown => ({ ...good, data: { ...good.data, ...change } });
const raw = (from: string, to: string): string => JSON.stringify(good).replace(from, to);
const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);
const body: ReadonlyArray<readonly [string, number, string, string | undefined, unknown]> = [
  ["nothing", 400, "MALFORMED", undefined, ""],
  ["half a document", 400, "MALFORMED", undefined, '{"id":'],
  ["two documents", 400, "MALFORMED", undefined, "{}{}"],
  ["a number", 400, "MALFORMED", undefined, "1"],
  ["null", 400, "MALFORMED", undefined, "null"],
  ["an array", 400, "MALFORMED", undefined, "[]"],
  ["bytes that are no UTF-8", 400, "MALFORMED", undefined, Uint8Array.of(0x7b, 0xff, 0x7d)],
  ["a raw NUL", 400, "MALFORMED", undefined, raw("turn-1", "turn\u0000")],
  ["an escaped NUL", 422, "BAD_TEXT", "/data/content/0/text", raw("My number", "My \\u0000")],
  ["half a surrogate pair", 422, "BAD_TEXT", "/data/content/0/text", raw("My number", "My \\ud83d")],
  ["an id with half a pair", 422, "BAD_TEXT", "/id", raw("evt-0006", "\\udc00")],
  ["depth 9", 422, "TOO_DEEP", undefined, data({ extra: nested(7) })],
  ["depth 100", 422, "TOO_DEEP", undefined, data({ extra: nested(100) })],
  ["depth 60,000", 422, "TOO_DEEP", undefined, raw('"turn-1"', `${"[".repeat(60_000)}${"]".repeat(60_000)}`)],
  [
    "300 KiB of text",
    413,
    "TOO_LARGE",
    undefined,
    data({ content: [{ kind: "text", text: "x".repeat(300 * 1024) }] }),
  ],
  [
    "65 Ki of text",
    422,
    "INVALID",
    "/data/content/0/text",
    data({ content: [{ kind: "text", text: "x".repeat(65 * 1024) }] }),
  ],
  ["an unknown type", 422, "UNKNOWN_TYPE", "/type", { ...good, type: "sotto.turn.sung.v1" }],
  ["no type", 422, "UNKNOWN_TYPE", "/type", { ...good, type: undefined }],
  ["no id", 422, "INVALID", "/id", { ...good, id: undefined }],
  ["no subject", 422, "INVALID", "/subject", { ...good, subject: undefined }],
  ["no data", 422, "INVALID", "/data", { ...good, data: undefined }],
  ["data in base64", 422, "INVALID", "/data", { ...good, data: undefined, data_base64: "e30=" }],
  ["no party", 422, "INVALID", "/data/party", data({ party: undefined })],
  [
    "a time next year",
    422,
    "TIME_IN_FUTURE",
    "/time",
    { ...good, time: new Date(Date.now() + 3e10).toISOString() },
  ],
  ["another tenant", 403, "TENANT_MISMATCH", "/tenant", { ...good, tenant: "globex" }],
  ["another line", 403, "LINE_NOT_ALLOWED", "/line", { ...good, line: "research" }],
  ["another source", 403, "SOURCE_MISMATCH", "/source", { ...good, source: "/globex/eu" }],
  ["another specversion", 422, "INVALID", "/specversion", { ...good, specversion: "0.3" }],
];
test.each(body)("%s is refused: %i %s", async (_, status, reason, pointer, sent) => {
  const alone = await door.post(sent);
  expect(alone.status).toBe(status);
  const problem = await problemIn(alone);
  expect(problem.reason).toBe(reason);
  expect(problem.errors?.[0]?.pointer).toBe(pointer);
  await expectUnharmed();
});

test.each(body.filter(([, , , , sent]) => typeof sent === "object" && !(sent instanceof Uint8Array)))(
  "%s is refused in a batch too, by item: %i %s",
  async (_, status, reason, _pointer, sent) => {
    const response = await door.post([sent, sent], batch);
    expect(response.status).toBe(207);
    const answers = (await response.json()) as Array<{ status: number; problem: Problem }>;
    expect(answers.map((answer) => [answer.status, answer.problem.reason])).toEqual([
      [status, reason],
      [status, reason],
    ]);
    await expectUnharmed();
  },
);

test("bodies over the limit are refused by their length, and cut off when they hide it", async () => {
  const announced = await door.post("x".repeat(doorLimits.eventBytes + 1));
  expect((await problemIn(announced)).reason).toBe("TOO_LARGE");
  const hidden = new ReadableStream({
    start: (controller) => {
      for (let n = 0; n < 40; n += 1) controller.enqueue(new Uint8Array(10_000).fill(0x20));
      controller.close();
    },
  });
  const answered = await door.post(hidden).then(problemIn, () => ({ reason: "TOO_LARGE" }));
  expect(answered.reason).toBe("TOO_LARGE");
  const many = await door.post(`[${"0,".repeat(1000)}0]`, batch);
  expect((await problemIn(many)).reason).toBe("TOO_MANY");
  expect((await door.post("x".repeat(doorLimits.batchBytes + 1), batch)).status).toBe(413);
  await expectUnharmed();
});

test("a body that says it is larger than all memory is refused as too large, not put off", async () => {
  const head = `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${door.credential}\r\ncontent-type: ${structured}\r\n`;
  expect(await talk(`${head}content-length: 10000000000\r\n\r\n{`, "")).toMatch(/^HTTP\/1.1 413 /);
  await expectUnharmed();
});

test.each(["gzip", "deflate", "br", "zstd", "gzip, identity", "x"])(
  "a body in %s is refused unread",
  async (encoding) => {
    const response = await door.post(gzipSync(JSON.stringify(good)), { "content-encoding": encoding });
    expect([response.status, (await problemIn(response)).reason]).toEqual([415, "COMPRESSED"]);
    await expectUnharmed();
  },
);

test.each([
  null,
  "text/plain",
  "application/xml",
  "application/cloudevents+json; charset=utf-16",
  "application/cloudevents+avro",
  ";;",
  "x",
])("a body of type %s is refused", async (type) => {
  const response = await door.post(new TextEncoder().encode(JSON.stringify(good)), { "content-type": type });
  expect([response.status, (await problemIn(response)).reason]).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
  await expectUnharmed();
});

/** Writes to the door byte by byte or not at all; answers what came back before the door hung up. */
const talk = (first: string, drip: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: door.ingest.address.port });
    let heard = "";
    const timer = setInterval(() => socket.write(drip), 50);
    socket.on("data", (bytes) => {
      heard += bytes.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(timer);
      clearTimeout(limit);
      resolve(heard);
    });
    const limit = setTimeout(() => {
      clearInterval(timer);
      socket.destroy();
      reject(new Error("The door holds on to a slow sender"));
    }, 5000);
    socket.write(first);
  });

test("who sends headers or a body too slowly is cut off", async () => {
  const head = `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${door.credential}\r\ncontent-type: ${structured}\r\n`;
  const [headers, sized, chunked] = await Promise.all([
    talk("POST /v1/events HTTP/1.1\r\n", "a"),
    talk(`${head}content-length: 1000\r\n\r\n{`, " "),
    talk(`${head}transfer-encoding: chunked\r\n\r\n`, "1\r\n \r\n"),
  ]);
  for (const heard of [headers, sized, chunked]) {
    expect(heard).toMatch(/^HTTP\/1.1 408 /);
    expect(heard).toContain("TIMED_OUT");
  }
  await expectUnharmed();
});

test("what is no HTTP is answered and hung up on", async () => {
  for (const noise of [
    "\u0016\u0003\u0001\u0002",
    "GET / HTTP/9.9\r\n\r\n",
    "POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    `GET /${"x".repeat(20_000)} HTTP/1.1\r\n\r\n`,
  ])
    expect(await talk(noise, "")).toMatch(/^HTTP\/1.1 400 /);
  await expectUnharmed();
});

test("two lengths, or a length and chunks, are no way to smuggle a second request", async () => {
  const head = `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${door.credential}\r\ncontent-type: ${structured}\r\n`;
  for (const lengths of [
    "content-length: 2\r\ncontent-length: 40\r\n",
    "content-length: 2\r\ntransfer-encoding: chunked\r\n",
  ])
    expect(await talk(`${head}${lengths}\r\n{}`, "")).toMatch(/^HTTP\/1.1 400 /);
  await expectUnharmed();
});

test("no answer of the door repeats what was sent", async () => {
  const secret = "anna.lindqvist";
  const sends = [
    door.post(`{"${secret}":`),
    door.post(data({ startAt: secret, content: [{ kind: secret, [secret]: secret }] })),
    door.post({ ...good, type: secret }),
    door.post({ ...good, tenant: secret }),
    door.post(good, { "content-type": secret }),
    door.post(good, { authorization: `Bearer ${secret}` }),
    fetch(new URL(`/${secret}`, door.url)),
  ];
  for (const response of await Promise.all(sends))
    expect((await response.text()) + JSON.stringify([...response.headers])).not.toContain(secret);
});

test("a flood of refusals is a few audit entries, and each refusal is counted in one", async () => {
  const counted = async (): Promise<number> =>
    (await door.audits("sotto.audit.event.refused.v1"))
      .filter((entry) => entry.reason === "UNKNOWN_TYPE")
      .reduce((sum, entry) => sum + Object.values(entry.types).reduce((a, b) => a + b, 0), 0);
  await new Promise((resolve) => setTimeout(resolve, 120));
  const before = await counted();
  const entriesBefore = (await door.audits("sotto.audit.event.refused.v1")).length;
  const flood = Array.from({ length: 1000 }, () => ({ type: "x" }));
  for (let n = 0; n < 5; n += 1) await door.post(flood, batch);
  await expect.poll(counted, { timeout: 3000 }).toBe(before + 5000);
  expect((await door.audits("sotto.audit.event.refused.v1")).length - entriesBefore).toBeLessThan(50);
});

test("after all that a good event is taken", async () => {
  expect((await door.post(good)).status).toBe(202);
  expect(await door.records("conversations")).toHaveLength(1);
});
