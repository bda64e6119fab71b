/**
 * The command line `./sotto`, and the only room that starts services. `main.ts` runs one command and ends with its exit
 * code; `commands.ts` lists the commands; each is a file of its own. What is exported here is for the tests of the whole
 * house: all services in one process, and the account that says where every turn is.
 */
export {
  openAccount,
  type Account,
  type AccountBook,
  type ConversationAccount,
  type End,
  type EndCounts,
} from "./account.ts";
export { readLags, type Lag } from "./lag.ts";
export { addsUp, openReader, readSettled, type Reading } from "./read-account.ts";
export { startAll, type AllServices } from "./up.ts";
