/** Whether, and for which ports, the gateway of this network is asked to let others in. PROTOCOL.md §16. */
import type { Crypto } from "../crypto/index.ts";
import { findPlace, hearGateway, Mapper, NatPmp, Pcp, randomBytes, surroundings, Upnp } from "../net/index.ts";
import { type Endpoint, ipOf, portOf, scopeOf } from "../wire/index.ts";
import type { Engine } from "./engine.ts";
import type { NodeOptions } from "./options.ts";

const LABEL = new TextEncoder().encode("ptpchat ports of a gateway");

/** Begins to ask; null for a node that does not. @param seed - a secret of the node that outlasts it */
export function openMapper({ map }: Pick<NodeOptions, "map">, seed: Uint8Array, crypto: Crypto, engine: Engine): Mapper | null {
  const { local, tcp } = engine.sockets;
  if (!isMapped(map, local)) return null;
  const key = crypto.hmacSha256(seed, LABEL);
  const secret = (purpose: string) => crypto.hmacSha256(key, new TextEncoder().encode(purpose));
  const host = ipOf(local);
  const transports = tcp.local === null ? (["udp"] as const) : (["udp", "tcp"] as const);
  const mapper = new Mapper({
    ports: () => transports.map((transport) => ({ transport, port: portOf(local) })),
    find: async () => {
      const place = await findPlace();
      return typeof place === "string" || scopeOf(host) === "unspecified" || place.own === host ? place : "no-gateway";
    },
    surroundings,
    protocols: [new Pcp(secret), new NatPmp(), new Upnp(randomBytes)],
    hear: hearGateway,
    onMapped: (transport, endpoint) => engine.noteMapped(transport, endpoint),
  });
  mapper.begin();
  return mapper;
}

/** Only where a gateway can lead to: to a private address of IPv4, or to all of the machine. */
export function isMapped(map: boolean | undefined, local: Endpoint): boolean {
  const host = ipOf(local);
  const isOpen = scopeOf(host) === "unspecified" || (scopeOf(host) === "private" && !host.includes(":"));
  return (map ?? true) && isOpen;
}
