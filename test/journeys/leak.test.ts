import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test, vi } from "vitest";

import { openReader } from "@sotto/cli";
import { eventTypes, examples, topics } from "@sotto/contracts";

import { searchFor } from "../../packages/cli/src/demo/search.ts";
import { deploy, until, type Changes, type Deployment } from "./deployment.ts";
import { openedDocuments } from "./documents.ts";
import { post } from "./post.ts";
import { unmasked, unsealed } from "./careless.ts";
import { Faults } from "./faults.ts";
import { free, leavesOf, shapeOf, type Planted, type Secret } from "./planted.ts";
import {
  everyFate,
  everyField,
  everyRefusal,
  standingNo,
  tell,
  tooLarge,
  type Story,
} from "./planted-stories.ts";

/** Everything that was written anywhere, or said to anybody, by where. */
interface Written {
  readonly where: string;
  readonly bytes: Uint8Array;
}

interface Journey {
  /** In events of conversations that were taken, in those of none, and in events that were not taken. */
  readonly taken: readonly Secret[];
  readonly loose: readonly Secret[];
  readonly refused: readonly Secret[];
  readonly written: readonly Written[];
  readonly documents: Uint8Array;
  readonly landed: ReadonlySet<string>;
  /** Of those that have landed: who is named in their texts. */
  readonly people: readonly string[];
  readonly ends: ReadonlySet<string>;
}

interface Item {
  readonly status: number;
  readonly conversation?: string;
}

const secretsOf = (all: readonly Planted[]): Secret[] => all.flatMap(({ secrets }) => secrets);

/** Sends everything that can be sent, lets everything happen that can happen, and gathers what is written and said. */
const travel = async (changes: Changes = {}): Promise<Journey> => {
  const temporary = mkdtempSync(join(tmpdir(), "sotto-leak-"));
  vi.stubEnv("TMPDIR", temporary);
  try {
    const faults = new Faults();
    const all: Changes = {
      settings: { logLevel: "debug" },
      platform: (platform) => faults.in(changes.platform?.(platform) ?? platform),
    };
    await using d = await deploy(all);
    return await go(d, { temporary, faults, all });
  } finally {
    vi.unstubAllEnvs();
    rmSync(temporary, { recursive: true, force: true });
  }
};

interface Luggage {
  readonly temporary: string;
  readonly faults: Faults;
  readonly all: Changes;
}

const go = async (d: Deployment, { temporary, faults, all }: Luggage): Promise<Journey> => {
  const said: Written[] = [];
  const taken: Secret[] = [];
  const refused: Secret[] = [];
  const names = new Map<string, string>();
  const send = async (planted: readonly Planted[]): Promise<readonly Item[]> => {
    const { text, status } = await post(d, JSON.stringify(planted.map(({ event }) => event)));
    said.push({ where: "an answer", bytes: Buffer.from(text) });
    if (status >= 300 && status !== 207) throw new Error(`The door answered ${status}`);
    const items = JSON.parse(text.slice(text.indexOf("\n["))) as readonly Item[];
    for (const [n, { secrets }] of planted.entries()) {
      (items[n]?.status === 202 ? taken : refused).push(...secrets);
    }
    return items;
  };
  const stories = [...everyFate(), ...everyField()];
  const begin = async (story: Story, part: readonly Planted[]): Promise<void> => {
    const items = await send(part);
    expect(items.map(({ status }) => status)).toEqual(part.map(() => 202));
    for (const { conversation } of items) if (conversation) names.set(conversation, story.name);
  };
  for (const story of stories) {
    await begin(story, story.events);
    if (story.soon) await begin(story, story.soon);
  }

  for (const service of ["consent-gate", "redactor", "archiver", "ingest"]) {
    const { events } = tell(`fault in ${service}`, null);
    const words = secretsOf(events)
      .map(({ value }) => value)
      .join(" ");
    const [first] = await send(events.slice(0, 1));
    faults.set(first?.conversation ?? "", service, words);
    const rest = await send(events.slice(1));
    expect(rest.every(({ status }) => status === (service === "ingest" ? 500 : 202))).toBe(true);
  }
  const wrong = everyRefusal();
  for (let from = 0; from < wrong.length; from += 100) {
    const items = await send(wrong.slice(from, from + 100));
    expect(items.filter(({ status }) => status < 400 || status >= 500)).toEqual([]);
  }
  refused.push(...(await knock(d, said)));
  await until("documents have landed", async () => (await d.turns()).length >= 55);
  await until("every service has failed once", async () => faults.thrown.size === 4);
  said.push({ where: "metrics", bytes: Buffer.from(await d.platform.metrics.text()) });
  said.push(...(await gather(d, temporary)));
  await d.restart(all);

  for (const story of stories) if (story.after) await begin(story, story.after);
  const loose = standingNo();
  await send([{ ...loose, secrets: [] }]);
  const read = openReader(d.platform.log);
  await until("all have ended", async () => {
    const { account, isIdle } = await read();
    return isIdle && account.held === 0 && account.open === 0;
  });
  said.push({ where: "metrics", bytes: Buffer.from(await d.platform.metrics.text()) });
  said.push(...(await gather(d, temporary)));
  const turns = await d.turns();
  const audit = await d.audit();
  const landed = new Set(turns.map(({ conversation }) => names.get(conversation) ?? "?"));
  return {
    taken,
    loose: loose.secrets,
    refused,
    written: said,
    documents: Buffer.from(JSON.stringify(await openedDocuments(d.platform))),
    landed,
    people: stories.filter(({ name }) => landed.has(name)).flatMap((story) => story.people),
    ends: new Set(
      audit.flatMap((e) =>
        e.type === "sotto.audit.turns.ended.v1"
          ? e.ends.map(({ end, reason }) => `${end} ${reason}`)
          : e.type === "sotto.audit.turn.quarantined.v1"
            ? [`quarantined ${e.reason}`]
            : [],
      ),
    ),
  };
};

/** Requests that are no events at all: every part of them carries a secret. */
const knock = async (d: Deployment, said: Written[]): Promise<Secret[]> => {
  const secrets: Secret[] = [];
  const secret = (field: string): string => {
    const value = free().replaceAll(/[^\x20-\x7e]|["\\ ]/g, "-");
    secrets.push({ value, field, placement: "dropped" });
    return value;
  };
  const structured = { "content-type": "application/cloudevents+json" };
  const large = tooLarge();
  secrets.push(...large.secrets);
  const answers = [
    await post(d, `{"text": "${secret("cut JSON")}`, structured),
    await post(d, `"${secret("a string")}"`),
    await post(d, Buffer.from(`["\xff${secret("not UTF-8")}"]`, "latin1")),
    await post(d, JSON.stringify(large.event), structured),
    await post(d, JSON.stringify([large.event])),
    await post(d, secret("body"), { "content-type": `text/${secret("content type")}` }),
    await post(d, secret("body"), { "content-encoding": secret("encoding") }),
    await post(d, "[]", { authorization: `Bearer ${secret("credential")}` }),
    await post(d, "[]", { authorization: secret("authorization") }),
    await post(d, "[]", {}, `/${secret("path")}?${secret("query")}`),
    await post(d, JSON.stringify({ text: secret("binary") }), {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-type": secret("ce-type"),
      "ce-source": secret("ce-source"),
      [`ce-${secret("ce name")}`]: secret("ce value"),
    }),
    await post(d, JSON.stringify({ text: secret("binary") }), {
      "content-type": "application/json",
      "ce-type": `%ff${secret("ce-type")}`,
    }),
  ];
  expect(answers.map(({ status }) => status).filter((status) => status < 400 && status !== 207)).toEqual([]);
  for (const { text } of answers) said.push({ where: "an answer", bytes: Buffer.from(text) });
  return secrets;
};

/** Files with their names, the log once more record by record (its file breaks records at pages), and log lines. */
const gather = async (d: Deployment, temporary: string): Promise<Written[]> => {
  const written: Written[] = [];
  for (const entry of readdirSync(temporary, { withFileTypes: true, recursive: true })) {
    const name = join(entry.parentPath, entry.name);
    written.push({ where: "a file's name", bytes: Buffer.from(name) });
    if (entry.isFile()) written.push({ where: name.replace(d.folder, ""), bytes: readFileSync(name) });
  }
  for (const { name } of Object.values(topics)) {
    for (const { key, value, headers } of await d.records(name)) {
      const parts = [
        Buffer.from(key ?? ""),
        value ?? Buffer.alloc(0),
        ...headers.flatMap(([n, v]) => [Buffer.from(n), v ?? Buffer.alloc(0)]),
      ];
      written.push({
        where: `topic ${name}`,
        bytes: Buffer.concat(parts.flatMap((part) => [part, Buffer.from("\n")])),
      });
    }
  }
  written.push({ where: "log lines", bytes: Buffer.concat([...d.logLines]) });
  return written;
};

/** As they came, and as the code that compares them brings them into one form. */
const forms = ({ value }: Secret): string[] => {
  const digits = value.replaceAll(/\D/g, "");
  return [value, value.normalize("NFKC").trim().toLowerCase(), ...(digits.length >= 12 ? [digits] : [])];
};

/** Fields of secrets that are found, with where. */
const leaks = (secrets: readonly Secret[], written: readonly Written[]): string[] => {
  const fields = new Map(secrets.flatMap((secret) => forms(secret).map((form) => [form, secret.field])));
  const all = searchFor(fields.keys());
  for (const { bytes } of written) all.look(bytes);
  if (all.found().size === 0) return [];
  const places = new Map<string, ReturnType<typeof searchFor>>();
  for (const { where, bytes } of written) {
    const search = places.get(where) ?? searchFor(all.found());
    places.set(where, search);
    search.look(bytes);
  }
  const found = [...places].flatMap(([where, search]) =>
    [...search.found()].map((text) => `${fields.get(text) ?? "?"} in ${where}`),
  );
  return [...new Set(found)].toSorted();
};

const under = (path: string, names: string): string =>
  names.replaceAll(/[^ ]+/g, (name) => `${path}.${name}`);

/** Closed vocabularies, times and numbers; and what the credential decides. Nothing else is left unplanted. */
const closed = [
  "channel line sequence source specversion tenant time traceparent type",
  "ai.disclosedAt at endAt expiresAt startAt startedAt with.endAt with.startAt",
  "channel controller.jurisdiction direction line means media method reason scope sensitivity state status",
  "evidence.kind related[].relation subject.kind",
  ...["content[].kind content[].role origin timeFrom visibility"].flatMap((turn) => [
    turn,
    under("with", turn),
  ]),
  ...["party", "parties[]"].map((party) =>
    under(party, "authentication identifiers[].kind jurisdiction jurisdictionFrom role roleFrom"),
  ),
].flatMap((names, n) => names.split(" ").map((name) => (n === 0 ? name : `data.${name}`)));

test("every string field is planted, but for those that take no text of 12 bytes", () => {
  const found = Object.values(examples).flatMap((example) => {
    const event = { ...example };
    return leavesOf(event).flatMap((leaf) => (shapeOf(event, leaf) === null ? [leaf.field] : []));
  });
  expect([...new Set(found)].toSorted()).toEqual(closed.toSorted());
});

/** One journey for several questions: it takes seconds. */
const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
};
const sealed = once(() => travel());
const patience = { timeout: 90_000 };

test(
  "2: the journey goes everywhere: every end, every service failing once, every type landed",
  patience,
  async () => {
    const { landed, ends, taken, refused } = await sealed();
    expect([...landed].toSorted()).toEqual(
      ["late", "reused", ...eventTypes.map((type) => `${type} agreed`)].toSorted(),
    );
    expect(expectedEnds.filter((end) => ![...ends].some((one) => one.startsWith(end)))).toEqual([]);
    expect(taken.length).toBeGreaterThan(5000);
    expect(refused.length).toBeGreaterThan(5000);
  },
);

const expectedEnds = [
  "discarded CONSENT_MISSING",
  "discarded CONSENT_REFUSED",
  "discarded CONSENT_WITHDRAWN",
  "quarantined HANDLER_FAILED",
  "quarantined ID_REUSED",
  "quarantined NOT_STARTED",
  "quarantined NO_SPEECH_ENGINE",
  "replaced",
  "removed",
];

/** Facts that audit entries tell of: words of the policy and language codes, unless a sender makes them up. */
const isTold = ({ field }: Secret): boolean =>
  /(purposes\[\]|notice\.(id|version)|(data|with)\.language)$/.test(field);
/** The audit log holds the digests of a consent's evidence, as they came (contract of audit events). */
const isProof = ({ field }: Secret): boolean => field.endsWith("evidence.digest");
const isHidden = (secret: Secret): boolean => !isTold(secret) && !isProof(secret);

test(
  "2: nothing of what was sent is found in clear, in any file, record, log line, metric or answer",
  patience,
  async () => {
    const { taken, loose, written } = await sealed();
    expect(leaks([...taken, ...loose].filter(isHidden), written)).toEqual([]);
  },
);

test(
  "2: no purpose, notice or language that a sender made up stands in the audit log",
  patience,
  async () => {
    const { taken, loose, written } = await sealed();
    expect(taken.filter(isTold).length).toBeGreaterThan(20);
    expect(leaks([...taken, ...loose].filter(isTold), written)).toEqual([]);
  },
);

test(
  "2: nothing of what was refused is found anywhere, nor in what the sender was told",
  patience,
  async () => {
    const { refused, written } = await sealed();
    expect(leaks(refused, written)).toEqual([]);
  },
);

/** What tells who somebody is, and may be in no document: ids, names, numbers, references; the words are masked. */
const naming = (secrets: readonly Secret[]): Secret[] =>
  secrets.filter(
    ({ field, placement }) =>
      placement === "dropped" ||
      ((placement === "content" || placement === "replaced") && !/\.text$|^html/.test(field)),
  );

test("2: no opened document holds what names a person", patience, async () => {
  const { taken, documents } = await sealed();
  expect(leaks(naming(taken), [{ where: "a document", bytes: documents }])).toEqual([]);
});

test("with sealing off, the first search finds every field that is kept", patience, async () => {
  const { taken, written } = await travel({
    platform: (platform) => ({ ...platform, log: unsealed(platform) }),
  });
  // The attribute `leg` only stands in for a leg that the data does not name.
  const kept = taken.filter(({ placement, field }) => placement !== "dropped" && !field.endsWith(" leg"));
  expect(missing(kept, written)).toEqual([]);
  expect(
    leaks(
      taken.filter(({ placement }) => placement === "dropped"),
      written,
    ),
  ).toEqual([]);
});

const missing = (secrets: readonly Secret[], written: readonly Written[]): string[] => {
  const search = searchFor(secrets.map(({ value }) => value));
  for (const { bytes } of written) search.look(bytes);
  return secrets.filter(({ value }) => !search.found().has(value)).map(({ field }) => field);
};

test(
  "with masking off, the second search finds who said it, and the first still nothing",
  patience,
  async () => {
    const { taken, people, written, documents } = await travel({
      platform: (platform) => ({ ...platform, log: unmasked(platform) }),
    });
    expect(people.length).toBeGreaterThan(40);
    const search = searchFor(people);
    search.look(documents);
    expect(people.filter((one) => !search.found().has(one))).toEqual([]);
    expect(leaks(taken.filter(isHidden), written)).toEqual([]);
  },
);
