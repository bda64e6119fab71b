import type { Content, Facts, TurnFacts } from "@sotto/contracts";
import { Clear } from "@sotto/envelope";

/** The turn that an event carries. Throws when it carries none: the caller chose wrongly. */
export const turnFactsOf = (facts: Facts): TurnFacts => {
  if (facts.kind === "turn.added") return facts.data;
  if (facts.kind === "turn.replaced") return facts.data.with;
  throw new Error(`Event ${facts.id} carries no turn`);
};

/**
 * The words of a turn, as one text: its parts in order, less attachments and quoted mail (what is quoted was a turn of
 * its own, or was never said here).
 */
export const wordsOf = (turn: TurnFacts, content: Content): Clear => {
  const texts: string[] = [];
  for (const part of content.parts ?? []) {
    const facts = turn.parts[part.index];
    if (facts === undefined || facts.kind === "attachment" || facts.role === "quoted") continue;
    if (part.text) texts.push(part.text);
  }
  return Clear.of(texts.join("\n"));
};

type Known = {
  readonly kind: "PERSON" | "PHONE" | "EMAIL" | "ACCOUNT_ID" | "USERNAME";
  readonly value: string;
};

const identifierKinds = new Map<string, Known["kind"]>([
  ["phone", "PHONE"],
  ["email", "EMAIL"],
  ["account", "ACCOUNT_ID"],
  ["social", "USERNAME"],
]);

/** Names and identifiers of the parties, as the platform sent them: always masked where a text repeats them. */
export const knownOf = (contents: readonly Content[]): Known[] =>
  contents.flatMap((content) =>
    (content.parties ?? []).flatMap((party) => [
      ...(party.name ? [{ kind: "PERSON" as const, value: party.name }] : []),
      // One of another kind (a device) is masked all the same: what it is called is the smaller question.
      ...(party.identifiers ?? []).map(({ kind, value }) => ({
        kind: identifierKinds.get(kind) ?? ("ACCOUNT_ID" as const),
        value,
      })),
    ]),
  );
