/**
 * Ends the process with 1 when a bug escapes everything else, and says what and where, but not the message: Node would
 * print it, and it may quote what the code choked on.
 */
export const endOnBug = (
  write: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
): void => {
  process.on("uncaughtException", (error: unknown) => {
    const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: "" };
    const frames = (stack ?? "").split("\n").filter((line) => /^ {4}at /.test(line));
    write([`Stopped by a fault of ours: ${name}`, ...frames].join("\n"));
    process.exit(1);
  });
};
