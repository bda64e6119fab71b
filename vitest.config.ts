import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,services}/*/test/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/*.slow.test.ts"],
    reporters: ["default", "./test/reporter.ts"],
    // The journeys mostly wait for ticks: on two cores one worker would leave one idle.
    maxWorkers: 2,
    testTimeout: 20_000,
  },
});
