import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { toHeaders, topics } from "@sotto/contracts";
import { openEmbeddedLog, type Lease, type Membership } from "@sotto/stream";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../../..");
const main = join(root, "packages/cli/src/main.ts");
const folder = mkdtempSync(join(tmpdir(), "sotto-up-"));
const at = (name: string): string => join(folder, name);
const env: Record<string, string> = {
  SOTTO_LOG: `file:${at("log.sqlite")}`,
  SOTTO_ARCHIVE: `file:${at("archive")}`,
  SOTTO_KEYS: `file:${at("keys")}`,
  SOTTO_AUDIT: `file:${at("audit")}`,
  SOTTO_KMS: `file:${at("kek.json")}`,
  SOTTO_SIGNING_KEY: `file:${at("log-key.json")}`,
  SOTTO_POLICY: at("policy"),
  SOTTO_HTTP: "127.0.0.1:0",
  SOTTO_ADMIN: "127.0.0.1:0",
};

const sotto = async (...args: string[]) => {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const code = await new Promise((done) => child.once("close", done));
  return { code, out, err };
};

interface Up {
  readonly child: ChildProcess;
  readonly events: string;
  readonly admin: string;
  readonly ended: Promise<unknown>;
}

/** Resolves when `sotto up` says where it listens. */
const up = (): Promise<Up> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [main, "up", "--json"], {
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise((end) => child.once("close", end));
    child.once("close", (code) => fail(new Error(`sotto up ended with ${code}`)));
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      rest += text;
      const line = rest.split("\n").find((one) => one.startsWith('{"services"'));
      if (line !== undefined)
        done({ child, ended, ...(JSON.parse(line) as { events: string; admin: string }) });
    });
  });

/** Short times, so that what takes hours in a deployment is over in seconds. */
beforeAll(() => {
  cpSync(join(root, "policy"), at("policy"), { recursive: true });
  const timing = JSON.parse(readFileSync(at("policy/timing.json"), "utf8")) as { section: object };
  const short = { lingerMs: 300, holdMs: 600, notStartedMs: 600, tickMs: 100 };
  writeFileSync(
    at("policy/timing.json"),
    JSON.stringify({ ...timing, ...short, section: { ...timing.section, endLingerMs: 300 } }),
  );
});
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

const source = "/demo/one";
const event = (n: number, subject: string, type: string, data: object): string =>
  JSON.stringify({
    specversion: "1.0",
    id: `${subject}-${n}`,
    source,
    type: `sotto.${type}.v1`,
    subject,
    time: new Date(Date.now() - 60_000 + n * 1000).toISOString(),
    line: "support",
    channel: "chat",
    datacontenttype: "application/json",
    data,
  });

/** A chat that its customer agreed to be kept, or about which nothing was said. */
const chat = (subject: string, hasAgreed: boolean): string[] => {
  const iso = (n: number): string => new Date(Date.now() - 60_000 + n * 1000).toISOString();
  const notice = { id: "chat-privacy", version: "3" };
  const about = (party: string) => ({ language: "en-GB", jurisdiction: "GB", id: party, role: party });
  const told = (n: number, party: string) =>
    event(n, subject, "notice.delivered", {
      party,
      at: iso(n),
      notice: { ...notice, language: "en" },
      means: "text",
      completed: true,
      recorded: true,
    });
  const consent = (n: number, party: string, method: string, of: object) =>
    event(n, subject, "consent.recorded", {
      id: `k${n}`,
      party,
      purposes: ["transcription", "qa_review", "analytics"],
      status: "given",
      method,
      at: iso(n),
      notice: of,
      evidence: { kind: "event", digest: "prompt-1" },
      scope: "conversation",
    });
  const turn = (n: number, party: string, text: string) =>
    event(n, subject, "turn.added", {
      id: `t${n}`,
      party,
      startAt: iso(n),
      timeFrom: "sent",
      content: [{ kind: "text", role: "body", text }],
      origin: "typed",
      language: "en-GB",
    });
  return [
    event(0, subject, "conversation.started", {
      channel: "chat",
      direction: "inbound",
      startedAt: iso(0),
      parties: [about("customer"), about("agent")],
    }),
    told(1, "customer"),
    told(2, "agent"),
    consent(3, "agent", "policy_ack", { id: "staff-policy", version: "2" }),
    ...(hasAgreed ? [consent(4, "customer", "chat_button", notice)] : []),
    turn(10, "agent", "Hello, what can I do for you?"),
    turn(11, "customer", "My email is maria.lopez@example.org"),
    event(20, subject, "conversation.ended", { at: iso(20), reason: "completed" }),
  ];
};

test(
  "one deployment from nothing: made, started, sent to, accounted for, verified, drained, started again",
  { timeout: 60_000 },
  async () => {
    expect((await sotto("init")).code).toBe(0);
    const added = await sotto("source", "add", source, "--tenant", "acme", "--line", "support");
    writeFileSync(at("credential"), added.out);
    const first = await up();
    running.add(first.child);

    const lines = [...chat("one", true), ...chat("two", false), "{"];
    writeFileSync(at("events.jsonl"), `${lines.join("\n")}\n`);
    const door = ["--url", new URL(first.events).origin, "--credential-file", at("credential")];
    const sent = await sotto("send", at("events.jsonl"), ...door, "--wait", "15s", "--json");
    expect(JSON.parse(sent.out)).toMatchObject({
      accepted: 15,
      refused: { MALFORMED: 1 },
      turns: { archived: 2, discarded: 2, held: 0, inFlight: 0 },
      isOver: true,
    });
    expect(sent.code).toBe(8);
    expect(sent.err).toBe("line 16: MALFORMED\n");

    expect(await (await fetch(`${first.admin}/readyz`)).text()).toBe("ok\n");
    expect(await (await fetch(`${first.admin}/metrics`)).text()).toMatch(
      /^sotto_landed_total{result="created"} 1$/m,
    );
    const status = await sotto("status", "--json");
    expect(JSON.parse(status.out)).toMatchObject({
      addsUp: true,
      account: { accepted: 4, archived: 2, discarded: 2 },
    });
    expect(status.code).toBe(0);

    first.child.kill("SIGTERM");
    expect(await first.ended).toBe(0);
    const verified = await sotto("verify", "--json");
    expect(JSON.parse(verified.out)).toMatchObject({ ok: true, problems: [] });

    const second = await up();
    running.add(second.child);
    const again = await sotto(
      "send",
      at("events.jsonl"),
      "--url",
      new URL(second.events).origin,
      ...door.slice(2),
      "--wait",
      "15s",
      "--json",
    );
    expect(JSON.parse(again.out)).toMatchObject({ turns: { archived: 2, discarded: 2, quarantined: 0 } });
    second.child.kill("SIGINT");
    expect(await second.ended).toBe(130);
  },
);

test("status fails loudly when a turn is lost while nothing is on its way", { timeout: 60_000 }, async () => {
  await loseATurn();
  const { code, out, err } = await sotto("status");
  expect(code).toBe(1);
  expect(out).toMatch(/\+ 1 in flight = 5 accepted/);
  expect(err).toMatch(/DOES NOT ADD UP in 1 conversations[\s\S]*c_lost/);
});

/** A turn lies on the log, the gate's group has committed past it, and nobody has it. */
const loseATurn = async (): Promise<void> => {
  await using log = await openEmbeddedLog({ file: at("log.sqlite"), now: () => Date.now() });
  const headers = toHeaders({
    specversion: "1.0",
    type: "sotto.turn.added.v1",
    id: "e_lost",
    subject: "c_lost",
  });
  const topic = topics.conversations.name;
  const [ack] = await log.append([{ topic, key: "c_lost", value: new Uint8Array(1), headers }]);
  if (ack?.ok !== true) throw new Error("Not appended");
  const joined = Promise.withResolvers<Membership>();
  const committed = Promise.withResolvers<string>();
  const commit = async (lease: Lease): Promise<string> =>
    (await joined.promise).commit(lease, new Map([[topic, ack.offset + 1]]));
  const membership = await log.join({
    group: "consent-gate",
    topics: [topic],
    sessionMs: 10_000,
    assigned: (lease) => {
      if (lease.partition === ack.partition) commit(lease).then(committed.resolve, committed.reject);
    },
    revoked: () => Promise.resolve(),
  });
  joined.resolve(membership);
  expect(await committed.promise).toBe("ok");
  await membership.leave();
};
