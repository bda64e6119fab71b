import { decodeCbor, encodeCbor, section as sectionSchema, topics, type Content } from "@sotto/contracts";
import { open, seal, type Place } from "@sotto/envelope";
import type { Platform } from "@sotto/service";
import { headerText, openContent, openFacts, readEvent, type LogClient, type OutRecord } from "@sotto/stream";

import { overLog } from "./over-log.ts";

/** Beside each sealed event what is in it, in clear. */
export const unsealed = (platform: Platform): LogClient =>
  overLog(platform.log, {
    append: async (records) =>
      platform.log.append(await Promise.all(records.map((one) => opened(platform, one)))),
  });

const opened = async (platform: Platform, record: OutRecord): Promise<OutRecord> => {
  if (record.topic !== topics.conversations.name || record.key === null || record.value === null)
    return record;
  const event = readEvent({ ...record, headers: record.headers ?? [] });
  const keys = platform.keys("redactor");
  const clear = [await openFacts(keys, event), await openContent(keys, event)];
  return { ...record, headers: [...(record.headers ?? []), ["clear", Buffer.from(JSON.stringify(clear))]] };
};

/** Sections as they would be if the redactor found nothing: each turn with its words as they were said. */
export const unmasked = (platform: Platform): LogClient => {
  const said = new Map<string, Content>();
  return overLog(platform.log, {
    append: async (records) => {
      for (const record of records) {
        if (record.topic !== topics.conversations.name || record.key === null || record.value === null)
          continue;
        const event = readEvent({ ...record, headers: record.headers ?? [] });
        const content = await openContent(platform.keys("redactor"), event);
        if (content) said.set(event.event, content);
      }
      return platform.log.append(await Promise.all(records.map((one) => withWords(platform, one, said))));
    },
  });
};

const withWords = async (
  platform: Platform,
  record: OutRecord,
  said: ReadonlyMap<string, Content>,
): Promise<OutRecord> => {
  if (record.topic !== topics.redacted.name || record.value === null) return record;
  const text = (name: string): string => headerText(record.headers ?? [], name) ?? "";
  const conversation = record.key ?? "";
  const address = {
    slot: "archive",
    tenant: text("tenant"),
    conversation,
    generation: Number(text("generation")),
  } as const;
  const place: Place = {
    ...address,
    kind: "section",
    name: `${conversation}/${text("section")}`,
    headers: null,
  };
  const key = await platform.keys("archiver").toOpen(address);
  const section = sectionSchema.parse(decodeCbor(open(record.value, key, place)));
  const turns = section.turns.map((turn) => ({
    ...turn,
    text: (said.get(turn.event)?.parts ?? []).map((part) => part.text ?? "").join("\n"),
    findings: [],
  }));
  return { ...record, value: seal(encodeCbor({ ...section, turns }), key, place) };
};
