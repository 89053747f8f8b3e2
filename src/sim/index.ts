/** The door of sim. */
export * from "./behaviour.ts";
export * from "./checkers/index.ts";
export * from "./event-queue.ts";
export * from "./faults.ts";
export * from "./host.ts";
export * from "./internet.ts";
export * from "./link.ts";
export * from "./nat.ts";
export * from "./network.ts";
export * from "./population.ts";
export * from "./random.ts";
export * from "./simulator.ts";
export * from "./swarm.ts";
export * from "./trace.ts";
export * from "./world.ts";
