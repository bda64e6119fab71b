import { openDoor, example, batch } from "./harness.ts";
await using door = await openDoor();
const turn = (n: number) => { const e = example("sotto.turn.added.v1"); return { ...e, id: `e${n}`, subject: `call-${n % 200}`, data: { ...e.data, id: `t${n}`, words: undefined, content: [{kind:"text", text: "well I would like to return the shoes that I ordered last week, they do not fit " + n}] } }; };
let n = 0;
const send = async (size: number) => { const body = Array.from({length:size}, () => turn(n++)); const r = await door.post(body, batch); if (r.status !== 202) throw new Error(await r.text()); await r.arrayBuffer(); };
for (let i = 0; i < 10; i++) await send(200);
for (const [size, conc, rounds] of [[200, 1, 30], [200, 4, 10], [1, 16, 200]] as const) {
  const c0 = process.cpuUsage(); const t0 = performance.now();
  for (let r = 0; r < rounds; r++) await Promise.all(Array.from({length: conc}, () => send(size)));
  const ms = performance.now() - t0; const cpu = process.cpuUsage(c0);
  console.log({ size, conc, perSecond: Math.round(size*conc*rounds/ms*1000), cpuMsPerEvent: ((cpu.user+cpu.system)/1000/(size*conc*rounds)).toFixed(3) });
}
