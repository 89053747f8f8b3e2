/** Loaded into a node under the storm (`node --expose-gc --import`): at SIGUSR2 it gives back all that it does not hold. */
process.on("SIGUSR2", () => globalThis.gc({ type: "major", execution: "sync", flavor: "last-resort" }));
