/** The door of sim/invite-swarm. */
export * from "./invite-swarm.ts";
