import { expect, test } from "vitest";

import { openMetrics } from "../src/metrics.ts";

test("names what the contract names, with closed labels only", async () => {
  const metrics = openMetrics();
  metrics.lag("redactor", 2);
  metrics.decided("admit", "ADMIT_CONSENT", 3);
  metrics.quarantined("ID_REUSED");
  metrics.landed("created");
  metrics.keyCall("dataKey", "ok");
  metrics.fenceAge(0.5);
  metrics.checkpointAge(1);
  const text = await metrics.text();
  for (const line of [
    'sotto_lag_seconds{service="redactor"} 2',
    'sotto_decisions_total{decision="admit",reason="ADMIT_CONSENT"} 3',
    'sotto_quarantined_total{reason="ID_REUSED"} 1',
    'sotto_landed_total{result="created"} 1',
    'sotto_key_calls_total{op="dataKey",result="ok"} 1',
    "sotto_fence_age_seconds 0.5",
    "sotto_checkpoint_age_seconds 1",
    "sotto_held 0",
    "sotto_held_oldest_seconds 0",
  ]) {
    expect(text.split("\n")).toContain(line);
  }
});

test("adds up what the gate's partitions hold", async () => {
  const metrics = openMetrics();
  metrics.held(0, 5, 10);
  metrics.held(1, 7, 3);
  expect(await metrics.text()).toMatch(/^sotto_held 12$/m);
  expect(await metrics.text()).toMatch(/^sotto_held_oldest_seconds 10$/m);
  metrics.held(0, 0, 0);
  expect(await metrics.text()).toMatch(/^sotto_held 7$/m);
});

test("asks for what is only worth asking for when it is scraped", async () => {
  const metrics = openMetrics();
  let asked = 0;
  metrics.onScrape(() => metrics.fenceAge((asked += 1)));
  expect(asked).toBe(0);
  expect(await metrics.text()).toMatch(/^sotto_fence_age_seconds 1$/m);
});

test("keeps two processes' counts apart in one process", async () => {
  openMetrics().landed("created");
  expect(await openMetrics().text()).not.toContain("sotto_landed_total{");
});
