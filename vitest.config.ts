import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // vitest leaves one CPU to itself, of two: half of the time, since many of the tests wait for real processes.
    maxWorkers: "100%",
    // Tests of real processes and sockets wait for events; this only ends those that would never end.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
