/**
 * The command line `./sotto`, and the only room that starts services. `main.ts` runs one command and ends with its exit
 * code; `commands.ts` lists the commands; each is a file of its own, or a folder beside one. What is exported here is for
 * the tests of the whole house: all services in one process, the account that says where every turn is, and the command
 * line itself.
 */
export {
  openAccount,
  type Account,
  type AccountBook,
  type ConversationAccount,
  type End,
  type EndCounts,
} from "./account.ts";
export { commands } from "./commands.ts";
export type { Certificate } from "./erase/certificate.ts";
export { eraseConversation, eraseSteps, type EraseOptions, type EraseStep } from "./erase/erase.ts";
export type { Io } from "./io.ts";
export { readLags, type Lag } from "./lag.ts";
export { addsUp, openReader, readSettled, type Reading } from "./read-account.ts";
export { run } from "./run.ts";
export { startAll, type AllServices } from "./up.ts";
