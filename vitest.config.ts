import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Tests of real processes and sockets wait for events; this only ends those that would never end.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
