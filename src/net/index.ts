/** The door of net: UDP sockets, and the loop that lets a core run on them. */

export * from "./backlog.ts";
export * from "./clock.ts";
export * from "./lan/lan.ts";
export * from "./lan/lan-interface.ts";
export { mdns } from "./lan/mdns.ts";
export { multicast } from "./lan/multicast.ts";
export * from "./listen-address.ts";
export { hearGateway } from "./map/announcements.ts";
export { findPlace, surroundings } from "./map/gateway.ts";
export type { AskFailure, MapKind, MapProtocol, Place, Transport } from "./map/map-protocol.ts";
export * from "./map/mapper.ts";
export { NatPmp } from "./map/nat-pmp.ts";
export { Pcp } from "./map/pcp.ts";
export { Upnp } from "./map/upnp.ts";
export * from "./node-sockets.ts";
export * from "./random.ts";
export * from "./run-loop.ts";
export { type ProxyAddress, parseProxy, shownProxy } from "./tcp/proxy-address.ts";
export * from "./udp.ts";
