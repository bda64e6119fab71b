import type { Facts, PartyFacts, Section } from "@sotto/contracts";

type Described = Pick<
  Section,
  | "channel"
  | "direction"
  | "vendor"
  | "startedAt"
  | "endedAt"
  | "endReason"
  | "disposition"
  | "attributes"
  | "pauses"
> & { readonly parties: readonly PartyFacts[] };

/** What the facts let through so far say of the conversation as a whole; null before it started. */
export const describe = (facts: readonly Facts[]): Described | null => {
  const started = facts.find((f) => f.kind === "conversation.started");
  if (!started) return null;
  const parties = new Map(started.data.parties.map((party) => [party.id, party]));
  const attributes: Record<string, string> = { ...started.data.attributes };
  const pauses: { from: number; to?: number; reason: string }[] = [];
  const late: Partial<Described> = {};
  for (const f of [...facts].toSorted((a, b) => a.time - b.time)) {
    if (f.kind === "party.joined") parties.set(f.data.party.id, f.data.party);
    if (f.kind === "conversation.updated" || f.kind === "conversation.ended") {
      Object.assign(attributes, f.data.attributes);
    }
    if (f.kind === "capture.changed") pause(pauses, f.data);
    if (f.kind === "conversation.ended") {
      Object.assign(late, {
        endedAt: f.data.at,
        endReason: f.data.reason,
        ...(f.data.disposition === undefined ? {} : { disposition: f.data.disposition }),
      });
    }
  }
  return {
    channel: started.data.channel,
    direction: started.data.direction,
    vendor: started.source.split("/")[1] ?? "unknown",
    startedAt: started.data.startedAt,
    parties: [...parties.values()],
    attributes,
    pauses,
    ...late,
  };
};

const pause = (
  pauses: { from: number; to?: number; reason: string }[],
  data: Extract<Facts, { kind: "capture.changed" }>["data"],
): void => {
  const running = pauses.find((p) => p.to === undefined);
  if (data.state === "paused" || data.state === "stopped") {
    if (!running) pauses.push({ from: data.at, reason: data.reason ?? "operator" });
  } else if (running) running.to = data.at;
};
