import type { TurnInQuestion } from "./decision-facts.ts";
import type { DecisionProcessor } from "./decision.ts";
import type { Told } from "./notices-to.ts";
import type { Line, Policy } from "./policy.ts";
import type { KnownParty } from "./view.ts";

interface Asked {
  readonly line: Line;
  /** Processors that the conversation itself names. */
  readonly named: readonly string[];
  readonly policy: Policy;
  readonly told: ReadonlyMap<string, Told>;
  readonly parties: ReadonlyMap<string, KnownParty>;
}

/** Who else hears this turn: the line's processors, the conversation's, and whose recogniser made its text. */
export const listenersTo = (
  turn: TurnInQuestion,
  { line, named, policy, told, parties }: Asked,
): DecisionProcessor[] => {
  const recogniser = recogniserOf(turn, policy);
  const ids = new Set([...line.processors, ...named, ...(recogniser === null ? [] : [recogniser])]);
  return [...ids].toSorted().map((id) => {
    const known = policy.processors.processors[id];
    const heard = id === recogniser;
    return {
      id,
      purposes: known ? withTranscription(known.purposes, heard) : line.purposes,
      location: known?.location ?? null,
      disclosed: isNamedToAll(id, told, parties),
      own_use: known?.ownUse ?? "unknown",
      contract: known?.contract ?? "none",
      transfer: known?.transfer ?? "none",
      live_capture: heard || known?.live === true,
    };
  });
};

const withTranscription = (purposes: readonly string[], heard: boolean): readonly string[] =>
  heard && !purposes.includes("transcription") ? [...purposes, "transcription"] : purposes;

/** The processor behind the engine; an engine that the register does not know is a processor that it does not know. */
const recogniserOf = ({ origin, engine }: TurnInQuestion, policy: Policy): string | null => {
  if (!engine || (origin !== "asr" && origin !== "translated")) return null;
  const { inHouse, processors } = policy.processors;
  if (inHouse.includes(engine.id)) return null;
  for (const id of Object.keys(processors)) {
    if (id === engine.id || processors[id]?.engines.includes(engine.id)) return id;
  }
  return engine.id;
};

/** A processor is disclosed when a notice that names it reached everybody outside; among staff, everybody. */
const isNamedToAll = (
  id: string,
  told: ReadonlyMap<string, Told>,
  parties: ReadonlyMap<string, KnownParty>,
): boolean => {
  const humans = [...parties].filter(([, { facts }]) => facts.role !== "bot");
  const outside = humans.filter(([party]) => told.get(party)?.staff !== true);
  return (outside.length > 0 ? outside : humans).every(([party]) => told.get(party)?.processors.has(id));
};
