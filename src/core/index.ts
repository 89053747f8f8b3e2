/** The door of core: one node as a state machine. */
export * from "./certificates.ts";
export { fitsMessage } from "./commands.ts";
export * from "./config.ts";
export * from "./io.ts";
export * from "./node.ts";
export * from "./store.ts";
export * from "./time.ts";
export * from "./view.ts";
