import type { Command } from "./command.ts";
import { demo } from "./demo-command.ts";
import { init } from "./init.ts";
import { send } from "./send.ts";
import { source } from "./source-command.ts";
import { status } from "./status.ts";
import { up } from "./up-command.ts";
import { verify } from "./verify.ts";

/** In the order of `--help`: what one meets first, first. */
export const commands: readonly Command[] = [demo, init, up, source, send, status, verify];
