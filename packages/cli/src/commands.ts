import type { Command } from "./command.ts";
import { consent } from "./consent-command.ts";
import { demo } from "./demo-command.ts";
import { erase } from "./erase-command.ts";
import { fence } from "./fence-command.ts";
import { init } from "./init.ts";
import { quarantine } from "./quarantine-command.ts";
import { send } from "./send.ts";
import { source } from "./source-command.ts";
import { status } from "./status.ts";
import { up } from "./up-command.ts";
import { verify } from "./verify.ts";

/** In the order of `--help`: what one meets first, first. */
export const commands: readonly Command[] = [
  demo,
  init,
  up,
  source,
  send,
  status,
  consent,
  fence,
  erase,
  quarantine,
  verify,
];
