/** Whether, and where, a node is made known on its local networks. PROTOCOL.md §14. */
import { Lan, type LanInterface, lanInterfaces, mdns, multicast, randomBytes } from "../net/index.ts";
import { type Endpoint, type InstanceId, type Ip, ipOf, portOf, scopeOf } from "../wire/index.ts";
import type { Engine } from "./engine.ts";
import type { NodeOptions } from "./options.ts";

const TAG_BYTES = 8;

/** Begins to announce the node, and to hand on whom it hears of; null for one that is to be found by address only. */
export function openLan(options: Pick<NodeOptions, "lan" | "rendezvous">, engine: Engine): Lan | null {
  const { local, families } = engine.sockets;
  if (!isOnLan(options, local)) return null;
  const host = ipOf(local);
  const lan = new Lan({
    port: portOf(local),
    kinds: [multicast(), mdns()],
    interfaces: () => lanInterfaces().filter((at) => isListenedOn(at, host, families)),
    newTag: () => Buffer.from(randomBytes(TAG_BYTES)).toString("hex") as InstanceId,
    onCandidate: (endpoint) => engine.tryCandidate(endpoint),
  });
  lan.begin();
  return lan;
}

/** @param local - where the node listens */
export function isOnLan({ lan, rendezvous }: Pick<NodeOptions, "lan" | "rendezvous">, local: Endpoint): boolean {
  return scopeOf(ipOf(local)) !== "loopback" && (lan ?? rendezvous !== true);
}

/** A node that listens on one address is known at no other. */
export function isListenedOn(at: LanInterface, host: Ip, families: "ipv4" | "ipv6" | "both"): boolean {
  if (families !== "both" && (families === "ipv4") !== (at.family === "v4")) return false;
  return scopeOf(host) === "unspecified" || host === at.ip.split("%")[0];
}
