import { writeFile } from "node:fs/promises";

import { requireAgreement, requireSomebody } from "../agree.ts";
import type { Given } from "../command.ts";
import { exit, type ExitCode } from "../exit.ts";
import { findConversation, type FoundConversation } from "../find-conversation.ts";
import { bold, figure, print, table, tell, type Io } from "../io.ts";
import { withPlatform } from "../with-platform.ts";
import { erasedAmong, untilSaid } from "./certificate.ts";
import { eraseConversation, type ErasePlatform } from "./erase.ts";
import { survey, type Survey } from "./survey.ts";
import { unreachableAfter } from "./unreachable.ts";

/** `sotto erase`, once its command line is read. */
export const runErase = async (given: Given, io: Io): Promise<ExitCode> => {
  const isDryRun = given.flags.has("dry-run");
  if (!isDryRun) requireSomebody("erase", given, io);
  return withPlatform(io, (platform) => runOn(platform, { given, io, isDryRun }));
};

const runOn = async (
  platform: ErasePlatform,
  { given, io, isDryRun }: { readonly given: Given; readonly io: Io; readonly isDryRun: boolean },
): Promise<ExitCode> => {
  const [conversation = ""] = given.positionals;
  const found = await findConversation(platform, conversation, {
    fault: (error) => tell(io, `The audit log does not verify: ${error.message}`),
  });
  const isErased = erasedAmong(found) !== null;
  if (isDryRun) {
    foretell(platform, { found, isErased, seen: await survey(platform, found) }, given, io);
    return exit.ok;
  }
  if (isErased) tell(io, `${conversation} is erased already: finishing what may be left`);
  else {
    if (!given.flags.has("yes")) sayWhat(found, await survey(platform, found), (line) => tell(io, line));
    await requireAgreement(`Erase ${conversation} for good?`, given, io);
  }
  const certificate = await eraseConversation(platform, conversation, {
    step: (done) => tell(io, done),
  });
  const text = JSON.stringify(certificate, null, 2);
  print(io, given.json ? JSON.stringify(certificate) : text);
  const file = given.values.get("out");
  if (file !== undefined) await writeFile(file, `${text}\n`);
  for (const warning of certificate.warnings) tell(io, warning);
  if (certificate.proof === null) tell(io, certificate.next);
  return exit.ok;
};

interface Foretold {
  readonly found: FoundConversation;
  readonly isErased: boolean;
  readonly seen: Survey;
}

const foretell = (
  platform: ErasePlatform,
  { found, isErased, seen }: Foretold,
  given: Given,
  io: Io,
): void => {
  const unreachable = unreachableAfter(platform.clock.now()).map(untilSaid);
  if (given.json) {
    print(io, JSON.stringify({ ...asJson(found, seen), isErased, unreachable }));
    return;
  }
  if (isErased) return print(io, `${found.conversation} is erased already`);
  sayWhat(found, seen, (line) => print(io, line));
  print(io, bold(io, "cannot be reached"));
  for (const line of table(unreachable.map(({ what, until }) => [until ?? "for good", what])))
    print(io, `  ${line}`);
};

const sayWhat = (found: FoundConversation, seen: Survey, say: (line: string) => void): void => {
  const { archive, raw } = slotsOf(found);
  const { all, ended, held, open } = seen.turns;
  say(`${found.conversation} of tenant ${found.tenant} would lose`);
  const rows = [
    ["documents", seen.documents.size, ""],
    ["data keys", found.slots.length, `${figure(archive)} of the archive, ${figure(raw)} of raw windows`],
    [
      "turns",
      all.size,
      `${figure(ended.size)} have an end, ${figure(held.length)} held, ${figure(open.length)} in open sections`,
    ],
    ["records put aside", seen.quarantined, ""],
  ] as const;
  for (const line of table(rows)) say(`  ${line}`);
};

const slotsOf = ({ slots }: FoundConversation): { readonly archive: number; readonly raw: number } => {
  const archive = slots.filter(({ slot }) => slot === "archive").length;
  return { archive, raw: slots.length - archive };
};

/** Stable: what is here keeps its name and meaning. */
const asJson = (found: FoundConversation, { documents, turns, quarantined }: Survey) => ({
  conversation: found.conversation,
  tenant: found.tenant,
  documents: [...documents].map(([object, sha256]) => ({ object, sha256 })),
  keys: slotsOf(found),
  turns: {
    all: turns.all.size,
    ended: turns.ended.size,
    held: turns.held.length,
    open: turns.open.length,
  },
  quarantined,
});
