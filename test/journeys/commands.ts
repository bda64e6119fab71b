import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";

import { commands, run } from "@sotto/cli";

import type { Deployment } from "./deployment.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `./sotto …` on a deployment, as a process of its own would: nothing is shared with it but what lies in its folder. */
export const sotto = async (
  d: Pick<Deployment, "folder">,
  args: readonly string[],
  o: { readonly stdin?: string; readonly isTty?: boolean } = {},
): Promise<Ran> => {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const file = (name: string): string => `file:${join(d.folder, name)}`;
  const io = {
    in: Readable.from([o.stdin ?? ""]),
    out,
    err,
    env: {
      SOTTO_LOG: file("log.sqlite"),
      SOTTO_ARCHIVE: file("archive"),
      SOTTO_KEYS: file("keys"),
      SOTTO_AUDIT: file("audit"),
      SOTTO_KMS: file("kek.json"),
      SOTTO_SIGNING_KEY: file("log-key.json"),
    },
    isOutTty: false,
    isErrTty: false,
    isInTty: o.isTty ?? false,
  };
  const [said, told] = [text(out), text(err)];
  const code = await run(args, io, commands);
  out.end();
  err.end();
  return { code, out: await said, err: await told };
};
