import type { Given } from "./command.ts";
import { CommandError, exit, UsageError } from "./exit.ts";
import { isAgreed, type Io } from "./io.ts";

/** What can be asked only once somebody sits there is refused before anything is opened. Throws UsageError. */
export const requireSomebody = (command: string, given: Given, io: Io): void => {
  if (given.flags.has("yes") || io.isInTty === true) return;
  throw new UsageError(`Nobody is there to be asked: say ./sotto ${command} … --yes`);
};

/** Asks, unless told with --yes that it is agreed. Throws CommandError when it is not. */
export const requireAgreement = async (question: string, given: Given, io: Io): Promise<void> => {
  if (given.flags.has("yes") || (await isAgreed(io, question))) return;
  throw new CommandError(exit.failure, "Nothing was changed");
};

/** As options of a command. */
export const yes = { type: "boolean", help: "do not ask; needed where nobody can be asked" } as const;
