/** The promises that every run is held to. */
export * from "./acks.ts";
export * from "./calm.ts";
export * from "./checker.ts";
export * from "./credit.ts";
export * from "./posts.ts";
