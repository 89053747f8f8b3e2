/** The door of sim/channel-swarm. */
export * from "./channel-swarm.ts";
export * from "./witness.ts";
