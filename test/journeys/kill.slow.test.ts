import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { documentTurns } from "@sotto/archive";
import { auditLogOf, verifyLog } from "@sotto/audit";
import { openReader, type Reading } from "@sotto/cli";
import { topics } from "@sotto/contracts";
import { addSource } from "@sotto/ingest";
import { initPlatform, loadPolicy, openPlatform, settingsUnder, type Platform } from "@sotto/service";

import { searchFor } from "../../packages/cli/src/demo/search.ts";
import { source, until } from "./deployment.ts";
import { openedDocuments } from "./documents.ts";
import { manyChats, type ManyChats, type Step } from "./many-chats.ts";
import { environmentOf, startGroups, writePolicy, type Group, type ProcessGroup } from "./process-group.ts";
import { chance, pick } from "./seeded.ts";

/** KILL_SEED=n has the run of that seed again: the same events, the same victims, the same moments. */
const seed = Number(process.env["KILL_SEED"] ?? 1);
const kills = 44;
const events = 2000;

interface Outcome {
  readonly reading: Reading;
  /** Of all documents: conversation, ordinal, text. */
  readonly turns: readonly string[];
  readonly audit: { readonly ok: boolean; readonly problems: readonly unknown[]; readonly entries: number };
  readonly audited: number;
  readonly exits: readonly (number | null)[];
  readonly leaks: readonly string[];
  /** The same search, for what is in clear. */
  readonly control: readonly string[];
}

test(
  `2, 3, 5: kill -9 at ${kills} moments of seed ${seed} changes nothing: the account closes, documents are the same`,
  { timeout: 200_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "sotto-kill-"));
    const chats = manyChats(chance(seed), events);
    // Made once: the same peppers give a conversation the same id in both runs.
    const made = join(folder, "made");
    const credential = await makeDeployment(made);
    const calm = join(folder, "calm");
    const killed = join(folder, "killed");
    await cp(made, calm, { recursive: true });
    await cp(made, killed, { recursive: true });

    const undisturbed = await run(calm, credential, { farMs: 0, holdMs: 5000, chats, drive: sendThrough });
    expect(undisturbed.reading.account).toMatchObject({
      accepted: chats.turns,
      ends: { archived: chats.agreed, discarded: chats.turns - chats.agreed },
    });
    const disturbed = await run(killed, credential, {
      farMs: 20,
      holdMs: 25_000,
      chats,
      drive: sendWhileKilling,
    });

    const { account } = disturbed.reading;
    expect({ ...account, conversations: null, of: null }).toEqual({
      ...undisturbed.reading.account,
      conversations: null,
      of: null,
    });
    expect(account).toMatchObject({ accepted: chats.turns, surplus: 0, held: 0, open: 0, inFlight: 0 });
    expect(disturbed.turns).toEqual(undisturbed.turns);
    expect(disturbed.turns.length).toBe(chats.agreed);
    for (const { audit, audited, exits, leaks, control } of [undisturbed, disturbed]) {
      expect(audit).toMatchObject({ ok: true, problems: [], entries: audited });
      expect(exits).toEqual([0, 0, 0]);
      expect(leaks).toEqual([]);
      expect(control).toEqual(["sotto.turn.added.v1"]);
    }
    await rm(folder, { recursive: true, force: true });
  },
);

const makeDeployment = async (folder: string): Promise<string> => {
  const settings = settingsUnder(folder);
  const policy = await loadPolicy(settings.policy);
  await initPlatform(settings, { policy });
  await using platform = await openPlatform(settings, {
    tables: false,
    destination: { write: () => undefined },
  });
  const { credential } = await addSource(platform.keyStore, { source, tenant: "acme", lines: ["support"] });
  return credential;
};

type Send = (step: Step) => Promise<void>;
type Drive = (steps: readonly Step[], send: Send, processes: ProcessGroup) => Promise<void>;

const run = async (
  folder: string,
  credential: string,
  o: { readonly farMs: number; readonly holdMs: number; readonly chats: ManyChats; readonly drive: Drive },
): Promise<Outcome> => {
  const settings = settingsUnder(folder, { policy: await writePolicy(folder, o) });
  await using platform = await openPlatform(settings, {
    tables: false,
    destination: { write: () => undefined },
  });
  const port = await freePort();
  using processes = startGroups({ folder, farMs: o.farMs, env: environmentOf(settings, port) });
  await o.drive(o.chats.steps, senderTo(`http://127.0.0.1:${port}/v1/events`, credential), processes);
  const reading = await settled(platform);
  const exits = await processes.stop();
  const turns = (await openedDocuments(platform)).flatMap((document) =>
    documentTurns(document).map(({ conversation, ordinal, text }) => `${conversation}/${ordinal} ${text}`),
  );
  const [audited] = await platform.log.ends(topics.audit.name);
  return {
    reading,
    exits,
    turns: turns.toSorted(),
    audit: await verifyLog({
      store: platform.auditStore,
      ...auditLogOf(0),
      publicKey: platform.signer.publicKey,
    }),
    audited: audited?.high ?? -1,
    leaks: await found(folder, o.chats.planted),
    control: await found(folder, ["sotto.turn.added.v1"]),
  };
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => void server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No port");
  return address.port;
};

/** Sends until all of it is answered with 202: what was not answered is sent again, as it was. */
const senderTo = (url: string, credential: string): Send => {
  const headers = {
    "content-type": "application/cloudevents-batch+json",
    authorization: `Bearer ${credential}`,
  };
  const once = async (step: Step): Promise<Step> => {
    const body = JSON.stringify(step);
    const signal = AbortSignal.timeout(10_000);
    const answer = await fetch(url, { method: "POST", headers, body, signal });
    const items = (await answer.json()) as { readonly status: number }[];
    return step.filter((_, n) => items[n]?.status !== 202);
  };
  return async (step) => {
    let rest = step;
    await until(
      "the door has taken it",
      async () => {
        rest = await once(rest).catch(() => rest);
        return rest.length === 0;
      },
      30_000,
    );
  };
};

const sendThrough: Drive = async (steps, send) => {
  for (const step of steps) await send(step);
};

const sendWhileKilling: Drive = async (steps, send, processes) => {
  const random = chance(seed + 1);
  const size = Math.ceil(steps.length / kills);
  for (let n = 0; n < kills; n += 1) {
    const part = steps.slice(n * size, (n + 1) * size);
    const sending = sendThrough(part, send, processes);
    await sleep(random() * 900);
    await processes.kill(
      pick<Group>(random, [
        ["door", 1],
        ["gate", 4],
        ["rest", 4],
      ]),
    );
    await sending;
    // Sometimes long enough for the new process to be at work before it may be hit again.
    await sleep(random() * 1400);
  }
};

const settled = async (platform: Platform): Promise<Reading> => {
  const read = openReader(platform.log);
  let reading = await read();
  await until(
    "every turn has an end",
    async () => {
      reading = await read();
      const { account: a } = reading;
      return reading.isIdle && a.accepted > 0 && a.held + a.open + a.inFlight === 0;
    },
    60_000,
  ).catch((error: unknown) => {
    const { accepted, ends, held, open, inFlight } = reading.account;
    const said = { accepted, ends, held, open, inFlight, lags: reading.lags };
    throw new Error(`Not settled: ${JSON.stringify(said)}`, { cause: error });
  });
  return reading;
};

/** Which of the texts are in any file under the folder. */
const found = async (folder: string, texts: readonly string[]): Promise<string[]> => {
  const search = searchFor(texts);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) search.look(await readFile(join(entry.parentPath, entry.name)));
  }
  return [...search.found()];
};
