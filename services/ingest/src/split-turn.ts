import type { Content, DoorEventOf, TurnFacts } from "@sotto/contracts";
import { stripSecurityCodes } from "@sotto/redaction";

import { defined, type Gathering } from "./gathering.ts";
import { textOfHtml } from "./html.ts";

type DoorTurn = DoorEventOf<"turn.added">["data"];
type ContentPart = NonNullable<Content["parts"]>[number];
type Word = NonNullable<Content["words"]>[number];

/**
 * A turn's facts; its words go to `into`. HTML has become text, and card security codes have been cut out of parts and
 * words alike: PCI DSS 4.0.1 requirement 3.3.1 forbids to keep them after authorisation, even encrypted, so that has to
 * happen before the first seal.
 */
export const splitTurn = (turn: DoorTurn, into: Gathering, leg: string | undefined): TurnFacts => {
  const cut = cutParts(turn);
  const words = cutWords(turn.words ?? [], turn.language);
  if (cut.parts.length > 0) into.content.parts = cut.parts;
  if (words.words.length > 0) into.content.words = words.words;
  return defined({
    id: into.ours("t", turn.id),
    party: into.ours("p", turn.party),
    leg: leg === undefined ? undefined : into.ours("l", leg),
    startAt: turn.startAt,
    endAt: turn.endAt,
    timeFrom: turn.timeFrom,
    parts: cut.facts,
    origin: turn.origin,
    engine: turn.engine,
    language: turn.language,
    words: turn.words && words.words.length,
    redactedBySource: turn.redactedBySource && marksOf(turn.redactedBySource, cut.areMoved),
    visibility: turn.visibility,
    inReplyTo: turn.inReplyTo === undefined ? undefined : into.ours("t", turn.inReplyTo),
    stripped: cut.stripped + words.stripped === 0 ? undefined : Math.max(cut.stripped, words.stripped),
  });
};

interface Cut {
  readonly facts: TurnFacts["parts"];
  readonly parts: ContentPart[];
  readonly stripped: number;
  /** Whether positions that the sender gave no longer hold. */
  readonly areMoved: boolean;
}

const cutParts = (turn: DoorTurn): Cut => {
  const facts: TurnFacts["parts"] = [];
  const parts: ContentPart[] = [];
  let stripped = 0;
  let areMoved = false;
  let before = "";
  for (const [index, part] of turn.content.entries()) {
    const isHtml = part.text !== undefined && /^text\/html\b/i.test(part.mediaType ?? "");
    const text = part.text === undefined ? undefined : isHtml ? textOfHtml(part.text) : part.text;
    const name =
      part.name === undefined
        ? undefined
        : stripSecurityCodes(part.name, stripOptions(turn.language, before));
    // A part's name may be what asks for it: the field `cvv` of a keypad.
    const asked = part.name === undefined ? before : `${before} ${part.name}?`;
    const cut = text === undefined ? undefined : stripSecurityCodes(text, stripOptions(turn.language, asked));
    before = text ?? before;
    stripped += (cut?.count ?? 0) + (name?.count ?? 0);
    areMoved ||= cut !== undefined && cut.text !== part.text;
    facts.push(defined({ kind: part.kind, role: part.role, chars: cut?.text.length, bytes: part.bytes }));
    const kept = defined({
      index,
      text: cut?.text,
      name: name?.text,
      sha256: part.sha256,
      mediaType: isHtml ? "text/plain" : part.mediaType,
    });
    if (Object.keys(kept).length > 1) parts.push(kept);
  }
  return { facts, parts, stripped, areMoved };
};

const stripOptions = (language: string | undefined, after: string): { language?: string; after?: string } =>
  defined({ language, after: after === "" ? undefined : after }) as { language?: string; after?: string };

/**
 * The words that are still there once the codes are cut out of them all together: of what remains, each word is
 * looked for in order, and one that is not found is left out. What is kept is a part of the cut text in its order, so no
 * code can be among it; a word too many may be lost beside one.
 */
const cutWords = (
  words: NonNullable<DoorTurn["words"]>,
  language: string | undefined,
): { words: Word[]; stripped: number } => {
  const all = words.map(defined) as Word[];
  const { text, count } = stripSecurityCodes(
    all.map((word) => word.text).join(" "),
    stripOptions(language, ""),
  );
  if (count === 0) return { words: all, stripped: 0 };
  const left = text.split(" ");
  let at = 0;
  const kept = all.filter((word) => {
    const pieces = word.text.split(" ");
    for (let ahead = 0; ahead <= maxAhead; ahead += 1) {
      if (!pieces.every((piece, n) => left[at + ahead + n] === piece)) continue;
      at += ahead + pieces.length;
      return true;
    }
    return false;
  });
  return { words: kept, stripped: count };
};

/** A placeholder may stand for some words, and be some words itself. */
const maxAhead = 4;

/** Where the text was changed here the sender's positions mean nothing: that it redacted something still does. */
const marksOf = (
  marks: NonNullable<DoorTurn["redactedBySource"]>,
  areMoved: boolean,
): NonNullable<TurnFacts["redactedBySource"]> => {
  if (!areMoved) return marks;
  return [...new Set(marks.map((mark) => mark.kind))].map((kind) => ({ start: 0, end: 0, kind }));
};
