/** The door of sim/reach. */
export * from "./check-reach.ts";
export * from "./liars.ts";
export * from "./oracle.ts";
export * from "./population.ts";
export * from "./reach-swarm.ts";
export * from "./sightings.ts";
export * from "./talk.ts";
