/** The promises that every run is held to. */
export * from "./acks.ts";
export * from "./calm.ts";
export * from "./checker.ts";
export * from "./clear.ts";
export * from "./copies.ts";
export * from "./credit.ts";
export * from "./meetings.ts";
export * from "./posts.ts";
export * from "./round-trips.ts";
export * from "./sessions.ts";
export * from "./sockets.ts";
