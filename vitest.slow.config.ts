import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,services}/*/test/**/*.slow.test.ts", "test/**/*.slow.test.ts"],
    exclude: ["**/node_modules/**"],
    reporters: ["default", "./test/reporter.ts"],
    testTimeout: 240_000,
  },
});
