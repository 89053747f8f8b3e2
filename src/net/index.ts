/** The door of net: UDP sockets, and the loop that lets a core run on them. */

export * from "./backlog.ts";
export * from "./clock.ts";
export * from "./lan/lan.ts";
export * from "./lan/lan-interface.ts";
export { mdns } from "./lan/mdns.ts";
export { multicast } from "./lan/multicast.ts";
export * from "./listen-address.ts";
export * from "./random.ts";
export * from "./run-loop.ts";
export * from "./udp.ts";
