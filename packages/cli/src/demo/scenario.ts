import type { Dialogue } from "./corpus.ts";

/** An event as a platform would send it. */
export interface SentEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly tenant: string;
  readonly line: string;
  readonly channel: string;
  readonly sequence: string;
  readonly datacontenttype: "application/json";
  readonly data: Readonly<Record<string, unknown>>;
}

/** What happens with consent in a conversation. Each is a thing that happens in contact centers. */
export type Plot =
  | "agreed"
  | "late"
  | "withdrawn"
  | "refused"
  | "silent"
  | "unstarted"
  | "reused"
  | "recorded";

export interface Story {
  readonly plot: Plot;
  readonly dialogue: Dialogue;
  readonly subject: string;
  /** Sent first, in order; what is late follows in `after`. */
  readonly events: readonly SentEvent[];
  readonly after: readonly SentEvent[];
}

export const demoSource = "/demo/contact-center";
const tenant = "acme";

/** How many conversations have each plot; the others agree. Late consent counts in text only: speech would be captured. */
const plots: readonly (readonly [Plot, number, (d: Dialogue) => boolean])[] = [
  ["late", 12, (d) => d.channel !== "voice"],
  ["withdrawn", 10, () => true],
  ["refused", 16, () => true],
  ["silent", 14, () => true],
  ["unstarted", 1, (d) => d.channel === "chat"],
  ["reused", 1, (d) => d.channel === "chat"],
  ["recorded", 1, (d) => d.channel === "voice"],
];

/** Turns the bundled conversations into events, told around `now` (epoch ms), with fresh ids that begin with `run`. */
export const tell = (dialogues: readonly Dialogue[], now: number, run: string): Story[] => {
  const chosen = new Map<number, Plot>();
  const order = dialogues.map((_, k) => (k * 67 + 31) % dialogues.length);
  for (const [plot, count, fits] of plots) {
    const free = order.filter((i) => !chosen.has(i) && dialogues[i] && fits(dialogues[i]));
    for (const i of free.slice(0, count)) chosen.set(i, plot);
  }
  return dialogues.map((dialogue, i) =>
    story(dialogue, chosen.get(i) ?? "agreed", now, `${run}-${i + 1}`, i),
  );
};

const story = (dialogue: Dialogue, plot: Plot, now: number, subject: string, index: number): Story => {
  const step = { voice: 6_000, chat: 20_000, email: 600_000 }[dialogue.channel];
  const length = 60_000 + dialogue.turns.length * step;
  const start = now - 60_000 - length - (index % 40) * 30_000;
  const write = writer(dialogue, subject, index);
  const at = (ms: number) => new Date(start + ms).toISOString();
  const opening = [
    write("conversation.started", at(0), started(dialogue, at(0), subject)),
    ...notices(dialogue, at, write),
  ];
  const consent = (status: string, ms: number, id: string) =>
    write("consent.recorded", at(ms), customerConsent(dialogue, status, at(ms), id, index));
  const capture =
    dialogue.channel === "voice"
      ? [write("capture.changed", at(9_000), { at: at(9_000), media: "audio", state: "started" })]
      : [];
  const turns = dialogue.turns.map((turn, n) => said(dialogue, turn, n, at(12_000 + n * step), write));
  const ending = write("conversation.ended", at(length), { at: at(length), reason: "completed" });
  const half = Math.ceil(turns.length / 2);
  const rest = { plot, dialogue, subject };
  switch (plot) {
    case "late":
      return { ...rest, events: [...opening, ...turns], after: [consent("given", 20_000, "c1"), ending] };
    case "withdrawn": {
      const withdrawal = consent("withdrawn", 12_000 + half * step - 1000, "c2");
      const events = [...opening, consent("given", 6_000, "c1"), ...capture, ...turns.slice(0, half)];
      return { ...rest, events, after: [withdrawal, ...turns.slice(half), ending] };
    }
    case "refused":
      return {
        ...rest,
        events: [...opening, consent("refused", 6_000, "c1"), ...capture, ...turns, ending],
        after: [],
      };
    case "silent":
      return { ...rest, events: [...opening, ...capture, ...turns, ending], after: [] };
    case "unstarted":
      return { ...rest, events: turns, after: [] };
    case "reused": {
      const again = { ...turns[0], data: { ...turns[1]?.data } } as SentEvent;
      return {
        ...rest,
        events: [...opening, consent("given", 6_000, "c1"), ...turns, again, ending],
        after: [],
      };
    }
    case "recorded": {
      const recording = write("recording.available", at(length), recordingOf(subject, at(12_000), length));
      return {
        ...rest,
        events: [...opening, consent("given", 6_000, "c1"), ...capture, recording, ending],
        after: [],
      };
    }
    case "agreed":
      return {
        ...rest,
        events: [...opening, consent("given", 6_000, "c1"), ...capture, ...turns, ending],
        after: [],
      };
  }
};

type Write = (type: string, time: string, data: Readonly<Record<string, unknown>>) => SentEvent;

const writer = (dialogue: Dialogue, subject: string, index: number): Write => {
  let n = 0;
  return (type, time, data) => {
    n += 1;
    return {
      specversion: "1.0",
      id: `${subject}-e${n}`,
      source: demoSource,
      type: `sotto.${type}.v1`,
      subject,
      time,
      tenant,
      line: index % 5 === 4 ? "sales" : "support",
      channel: dialogue.channel,
      sequence: String(n).padStart(12, "0"),
      datacontenttype: "application/json",
      data,
    };
  };
};

const places: Readonly<Record<string, string>> = { "en-GB": "GB", "en-US": "US-NY", "de-DE": "DE" };

const started = (dialogue: Dialogue, startedAt: string, subject: string) => {
  const jurisdiction = places[dialogue.language] ?? "GB";
  const { language } = dialogue;
  const names = dialogue.planted.filter(({ kind }) => kind === "PERSON" || kind === "EMAIL");
  const name = names.find(({ kind }) => kind === "PERSON")?.value;
  const email = names.find(({ kind }) => kind === "EMAIL")?.value ?? `${subject}@customer.example`;
  const hasBot = dialogue.turns.some(({ role }) => role === "bot");
  const customer = { id: "customer", role: "customer", language, jurisdiction, ...(name ? { name } : {}) };
  return {
    channel: dialogue.channel,
    direction: "inbound",
    startedAt,
    parties: [
      { ...customer, identifiers: [{ kind: "email", value: email }] },
      { id: "agent", role: "agent", language, jurisdiction },
      ...(hasBot ? [{ id: "bot", role: "bot", language, bot: { name: "Helper", version: "2" } }] : []),
    ],
    ...(hasBot ? { ai: { uses: ["bot"], disclosedAt: startedAt } } : {}),
    attributes: { queue: dialogue.channel, product: dialogue.title.slice(0, 40) },
  };
};

const noticeOf = { voice: "call-recording", chat: "chat-privacy", email: "mail-privacy" } as const;
const versionOf = { voice: "5", chat: "3", email: "1" } as const;

const notices = (dialogue: Dialogue, at: (ms: number) => string, write: Write): SentEvent[] => {
  const { channel, language } = dialogue;
  const notice = { id: noticeOf[channel], version: versionOf[channel], language: language.slice(0, 2) };
  const means = channel === "voice" ? "spoken" : "text";
  const told = (party: string, ms: number) =>
    write("notice.delivered", at(ms), { party, at: at(ms), notice, means, completed: true, recorded: true });
  const acknowledged = write("consent.recorded", at(2_500), {
    id: "a1",
    party: "agent",
    purposes: ["transcription", "qa_review", "analytics"],
    status: "given",
    method: language.startsWith("de") ? "signed" : "policy_ack",
    at: at(2_500),
    notice: { id: "staff-policy", version: "2" },
    evidence: { kind: "document", digest: "works-agreement-2026" },
    scope: "conversation",
  });
  return [told("customer", 2_000), told("agent", 2_200), acknowledged];
};

const methodOf = { voice: "spoken", chat: "chat_button", email: "web_form" } as const;

const customerConsent = (dialogue: Dialogue, status: string, at: string, id: string, index: number) => ({
  id,
  party: "customer",
  purposes: index % 9 === 0 ? ["transcription"] : ["transcription", "qa_review", "analytics"],
  status,
  method: methodOf[dialogue.channel],
  at,
  notice: { id: noticeOf[dialogue.channel], version: versionOf[dialogue.channel] },
  evidence: { kind: "event", digest: `prompt-${dialogue.language}` },
  scope: "conversation",
});

const said = (
  dialogue: Dialogue,
  turn: Dialogue["turns"][number],
  n: number,
  startAt: string,
  write: Write,
): SentEvent =>
  write("turn.added", startAt, {
    id: `t${n + 1}`,
    party: turn.role,
    startAt,
    timeFrom: dialogue.channel === "voice" ? "utterance" : "sent",
    content: [{ kind: "text", role: "body", text: turn.text }],
    origin: dialogue.channel === "voice" ? "asr" : "typed",
    language: dialogue.language,
  });

const recordingOf = (subject: string, startedAt: string, durationMs: number) => ({
  id: "r1",
  uri: `https://recordings.example/${subject}.wav`,
  mediaType: "audio/wav",
  startedAt,
  durationMs,
  channels: [
    { index: 0, party: "customer" },
    { index: 1, party: "agent" },
  ],
});
