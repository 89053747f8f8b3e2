/** The door of the simulator of channels. */
export * from "./facts.ts";
export * from "./gathering.ts";
export * from "./liars.ts";
export * from "./meet-by-chance.ts";
export * from "./member.ts";
export { promiseCheckers } from "./promises.ts";
