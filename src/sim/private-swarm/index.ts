/** The door of sim/private-swarm. */
export * from "./private-swarm.ts";
export * from "./room.ts";
