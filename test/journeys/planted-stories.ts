import { doorLimits, eventTypes, examplesAt, type EventType } from "@sotto/contracts";

import { aChat } from "./chat.ts";
import {
  free,
  leavesOf,
  me,
  plant,
  shapeOf,
  withValue,
  type Event,
  type Planted,
  type Secret,
} from "./planted.ts";

/** A conversation that is sent in one go, with what comes soon after, and what comes when all else is done. */
export interface Story {
  readonly name: string;
  readonly events: readonly Planted[];
  readonly soon?: readonly Planted[];
  readonly after?: readonly Planted[];
  /** Who its texts name: name, address, number. */
  readonly people: readonly string[];
  /** One more event of that conversation, its people known by the same names. */
  readonly more: (event: Event) => Planted;
}

const started = eventTypes[0];
/** Kinds that say of a base turn what became of it. */
const aboutTurns = /turn\.(replaced|removed)|party\.left|leg\.ended|recording/;

/** The example of a type, in a chat of `aChat`: its people, its first turn, its channel and time. */
const exampleIn = (type: EventType, chat: ReturnType<typeof aChat>): Event => {
  const example = examplesAt(Date.parse(chat.at(0)))[type];
  const same = new Map([
    ["cust-+46701234567", "customer"],
    ["agent-jo.berg", "agent"],
    ["turn-1", "turn-0"],
    ...(type === "sotto.turn.removed.v1" ? [["turn-1b", "turn-0"] as const] : []),
    [example.subject, "subject"],
    [example.id, `example-${type}`],
    ["Anna.Lindqvist@example.com", me.email],
    // A processor that no notice names would keep every turn out.
    ["acme-cloud", "amazon-transcribe"],
  ]);
  let event: Event = { ...example, channel: "chat" };
  for (const { path, value } of leavesOf(event)) {
    const other = same.get(value);
    if (other !== undefined) event = withValue(event, path, other);
  }
  const data: Record<string, unknown> = { ...event.data };
  if (type === started) data["channel"] = "chat";
  // After the turns: a pause for a payment, or somebody who was told nothing, keeps out what is said from then on.
  if (["sotto.capture.changed.v1", "sotto.party.joined.v1"].includes(type)) data["at"] = chat.at(290);
  if ("content" in data) data["content"] = [...(data["content"] as object[]), ...moreParts];
  if ("with" in data) {
    const next = data["with"] as { readonly content: object[] };
    data["with"] = { ...next, content: [...next.content, ...moreParts] };
  }
  return { ...event, data };
};

const moreParts = [
  { kind: "text", role: "subject", text: "subject line" },
  { kind: "text", role: "quoted", text: "quoted mail" },
  { kind: "text", role: "signature", text: "signature" },
  { kind: "selection", name: "menu", text: "selected" },
  { kind: "keypad", text: "typed" },
];

/** The markup of an HTML part stays, what stands in it is planted. */
const htmlTurn = (event: Event): Planted => {
  const [word, link, alt, comment] = [free(), free(), free(), free()];
  const text = `<p>hello <b>${word}</b> <a href='${link}'>there</a><img alt='${alt}'><!-- ${comment} --></p>`;
  const content = [{ kind: "text", role: "body", mediaType: "text/html", text }];
  // What a reader does not see is dropped with the markup.
  const secrets = [word, link, alt, comment].map((value, n): Secret => ({
    value,
    field: `html ${n}`,
    placement: n === 0 ? "replaced" : "dropped",
  }));
  return { event: { ...event, data: { ...event.data, content } }, secrets };
};

const withPeople = (event: Event): Event => {
  const { parties } = event.data as { readonly parties: readonly object[] };
  const identifiers = [
    { kind: "phone", value: me.phone },
    { kind: "email", value: me.email },
    { kind: "account", value: "my account" },
    { kind: "social", value: "@me" },
    { kind: "device", value: "my device" },
  ];
  const [customer, ...rest] = parties;
  return {
    ...event,
    data: { ...event.data, parties: [{ ...customer, name: me.name, identifiers }, ...rest] },
  };
};

export interface Telling {
  /** Each field its own secret, or equal originals equal ones. */
  readonly strange?: boolean;
  readonly facts?: "all" | "idle";
  readonly consent?: "given" | "refused" | null;
  readonly late?: boolean;
}

/** A chat in which every word is planted, with the example of a type in its place. */
export const tell = (name: string, type: EventType | null, o: Telling = {}): Story => {
  const chat = aChat({ subject: "subject", texts: ["{me}, hello", "good morning", "{me}, good bye"] });
  const names = o.strange === true ? undefined : new Map<string, string>();
  const planted = (event: Event, facts = o.facts ?? "idle"): Planted =>
    plant(event, { facts, ...(names && { names }) });
  const example = type === null ? null : exampleIn(type, chat);
  const replaces = (event: Event): Event => (example?.type === event.type ? example : event);
  const [first, ...opening] = chat.opening();
  if (!first) throw new Error("A chat opens with its start");
  const consent = o.consent === null ? [] : [chat.consent(o.consent ?? "given", 5)];
  // People first: what texts say of them is known then.
  const beginning = [planted(replaces(withPeople(first))), ...opening.map((event) => planted(event))];
  const extra =
    example && type !== started && type !== "sotto.conversation.ended.v1" ? [planted(example)] : [];
  const isLate = type !== null && aboutTurns.test(type);
  const html = htmlTurn(planted(chat.turn(5, "html", { party: "customer" })).event);
  const turns = [...chat.turns().map((turn) => planted(turn)), html];
  const agreed = consent.map((event) => planted(event, "idle"));
  const middle = isLate ? [...turns, ...extra] : [...extra, ...turns];
  const end = planted(replaces(chat.ending()));
  const people = [me.name, me.email, me.phone].flatMap((one) => names?.get(one) ?? []);
  return o.late === true
    ? { name, people, events: [...beginning, ...middle], soon: [...agreed, end], more: planted }
    : { name, people, events: [...beginning, ...agreed, ...middle, end], more: planted };
};

/** Every field of every type, with consent and without, as ids that refer and as ids that do not. */
export const everyField = (): Story[] =>
  eventTypes.flatMap((type) => [
    tell(`${type} agreed`, type),
    tell(`${type} all facts planted`, type, { facts: "all" }),
    tell(`${type} silent`, type, { facts: "all", consent: null, strange: true }),
  ]);

/** What else can happen to a conversation. */
export const everyFate = (): Story[] => {
  const chat = aChat({ subject: "subject" });
  const [withdrawn, reused, unstarted] = [
    tell("withdrawn", null),
    tell("reused", null),
    tell("unstarted", null),
  ];
  const isTurn = ({ event }: Planted): boolean => event.type === "sotto.turn.added.v1";
  const { event: first } = reused.events.find(isTurn) ?? {};
  const other = plant(chat.turn(1, "other"), { facts: "idle" });
  const words = other.secrets.filter(({ field }) => field.includes(" data."));
  if (!first) throw new Error("A chat has turns");
  return [
    tell("refused", null, { consent: "refused" }),
    tell("silent", null, { consent: null }),
    tell("late", null, { late: true }),
    { ...unstarted, events: unstarted.events.filter(isTurn) },
    { ...reused, after: [{ event: { ...first, data: other.event.data }, secrets: words }] },
    {
      ...withdrawn,
      events: withdrawn.events.slice(0, -1),
      after: [withdrawn.more(chat.consent("withdrawn", 100)), ...withdrawn.events.slice(-1)],
    },
  ];
};

/** Without a conversation: a standing no that names a person by their number. */
export const standingNo = (): Planted => {
  const chat = aChat({ subject: "subject" });
  const { subject: _, ...event } = chat.consent("withdrawn", 200);
  const { party: _p, ...data } = event.data as Record<string, unknown>;
  const about = { scope: "standing", subject: { kind: "phone", value: me.phone } };
  return plant({ ...event, data: { ...data, ...about } }, { facts: "all" });
};

/** Every event once more, each broken in another way: what the door must not take. */
export const everyRefusal = (): Planted[] =>
  eventTypes.flatMap((type) => {
    const chat = aChat({ subject: "subject" });
    const example = exampleIn(type, chat);
    const whole = (change: (event: Event, secret: string) => Event): Planted => {
      const { event, secrets } = plant(example, { facts: "all" });
      const secret = free();
      const changed = change(event, secret);
      return {
        event: changed,
        secrets: [...secrets, { value: secret, field: `${type} broken`, placement: "dropped" }],
      };
    };
    const closed = leavesOf(example).filter((leaf) => shapeOf(example, leaf) === null);
    return [
      ...closed.map(({ path }) => whole((event, secret) => withValue(event, path, secret))),
      whole((event, secret) => ({ ...event, type: `sotto.${secret}.v1` })),
      whole((event, secret) => ({
        ...event,
        time: new Date(Date.now() + 3_600_000).toISOString(),
        more: secret,
      })),
      whole((event, secret) => ({
        ...event,
        data: { ...event.data, bad: `${secret}\u0000`, [`${secret}\u0000`]: 1 },
      })),
      whole((event, secret) => ({ ...event, data: { ...event.data, [secret]: { inner: "no text\u0000" } } })),
      whole((event, secret) => ({ ...event, data: { ...event.data, deep: [[[[[[[[[secret]]]]]]]]] } })),
      whole((event, secret) => ({ ...event, data: [secret] })),
    ];
  });

export const tooLarge = (): Planted => {
  const { event, secrets } = plant(exampleIn("sotto.turn.added.v1", aChat({ subject: "subject" })), {
    facts: "all",
  });
  return { event: { ...event, more: "x".repeat(doorLimits.eventBytes) }, secrets };
};
