import { openDirectoryKeyStore } from "../src/index.ts";

/** A process of its own: adds one to a counter by compare-and-swap, so often; prints how often it lost a round. */
const [directory = "", times = "0"] = process.argv.slice(2);
const store = await openDirectoryKeyStore(directory);
const name = "counters/one.key";
let lost = 0;
for (let added = 0; added < Number(times);) {
  const stored = await store.read(name);
  const value = Number(Buffer.from(stored?.bytes ?? []).toString());
  const next = Buffer.from(String(value + 1));
  const written =
    stored === null ? await store.create(name, next) : await store.replace(name, next, stored.etag);
  if (written === null) lost += 1;
  else added += 1;
}
console.log(lost);
