/** The door of net: UDP sockets, and the loop that lets a core run on them. */
export * from "./backlog.ts";
export * from "./clock.ts";
export * from "./listen-address.ts";
export * from "./random.ts";
export * from "./run-loop.ts";
export * from "./udp.ts";
