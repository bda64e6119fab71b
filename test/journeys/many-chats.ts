import { aChat } from "./chat.ts";
import { pick } from "./seeded.ts";

type Fate = "agreed" | "late" | "refused" | "withdrawn" | "silent";

/** One after the other: what is sent in one request, and is taken whole or not at all. */
export type Step = readonly object[];

export interface ManyChats {
  /** Of all chats mixed; a chat's own are in their order. */
  readonly steps: readonly Step[];
  readonly events: number;
  readonly turns: number;
  /** Turns of chats whose people agreed, sooner or later. */
  readonly agreed: number;
  /** Texts that are written nowhere but in these turns. */
  readonly planted: readonly string[];
}

/** Chats of every fate, the same ones for the same chance, until there are that many events. */
export const manyChats = (random: () => number, atLeast: number): ManyChats => {
  const chats: Step[][] = [];
  const planted: string[] = [];
  const counts = { events: 0, turns: 0, agreed: 0 };
  for (let n = 0; counts.events < atLeast; n += 1) {
    const fate = fateOf(random);
    const length = 4 + Math.floor(random() * 14);
    const texts = Array.from({ length }, (_, i) => {
      const [word, address] = [wordOf(random), `${wordOf(random)}@example.com`];
      planted.push(word, address);
      return `number ${i}: ${word}, write to ${address}`;
    });
    const chat = stepsOf(`chat-${n}`, fate, texts, random);
    chats.push(chat);
    counts.events += chat.flat().length;
    counts.turns += length;
    if (fate === "agreed" || fate === "late") counts.agreed += length;
  }
  return { steps: mix(chats, random), ...counts, planted };
};

const fateOf = (random: () => number): Fate =>
  pick(random, [
    ["agreed", 8],
    ["late", 4],
    ["refused", 2],
    ["withdrawn", 2],
    ["silent", 1],
  ]);

const wordOf = (random: () => number): string =>
  `q${Array.from({ length: 13 }, () => "bdfgklmnprstvz"[Math.floor(random() * 14)]).join("")}`;

/** A withdrawal comes before the end of the chat: nothing of it can have landed by then. */
const stepsOf = (subject: string, fate: Fate, texts: readonly string[], random: () => number): Step[] => {
  const chat = aChat({ subject, texts });
  const turns = chat.turns();
  const cut = 1 + Math.floor(random() * (turns.length - 1));
  const [first, second] = [turns.slice(0, cut), turns.slice(cut)];
  const given = chat.consent("given", 5);
  const ending = chat.ending();
  const opening = chat.opening();
  switch (fate) {
    case "agreed":
      return [[...opening, given, ...first], second, [ending]];
    case "late":
      return [[...opening, ...first], [...second, given], [ending]];
    case "refused":
      return [[...opening, chat.consent("refused", 5), ...first], second, [ending]];
    case "withdrawn":
      return [[...opening, given, ...first], [...second, chat.consent("withdrawn", 200)], [ending]];
    case "silent":
      return [
        [...opening, ...first],
        [...second, ending],
      ];
  }
};

/** How many chats are under way at once: a consent comes late, but not that late. */
const atOnce = 12;

const mix = (chats: readonly Step[][], random: () => number): Step[] => {
  const waiting = chats.map((chat) => [...chat]);
  const open = waiting.splice(0, atOnce);
  const steps: Step[] = [];
  while (open.length > 0) {
    const at = Math.floor(random() * open.length);
    const step = open[at]?.shift();
    if (step) steps.push(step);
    if (open[at]?.length === 0) open.splice(at, 1, ...waiting.splice(0, 1));
  }
  return steps;
};
