/** The door of sim/mailbox-swarm. */
export * from "./mailbox-swarm.ts";
