/** The interfaces of this machine that lead to a local network, and what lies on their links. PROTOCOL.md §14.1. */
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { type Endpoint, type Ip, ipOf, parseIp, scopeOf } from "../../wire/index.ts";

export interface LanInterface {
  readonly name: string;
  readonly family: "v4" | "v6";
  /** The machine's address there; of IPv6 the link-local one with its zone, `fe80::1%eth0`. */
  readonly ip: Ip;
  /** Bits of the address that all on the link have in common. */
  readonly prefix: number;
}

/** From here on there is room for two ends and nobody else: a tunnel. */
const TUNNEL_PREFIX = 31;

/** Private and link-local addresses of interfaces that are not the machine's own. */
export function lanInterfaces(read: typeof networkInterfaces = networkInterfaces): LanInterface[] {
  return Object.entries(read()).flatMap(([name, addresses = []]) => addresses.flatMap((address) => lanInterface(name, address) ?? []));
}

function lanInterface(name: string, { address, internal, cidr }: NetworkInterfaceInfo): LanInterface | null {
  const [plain = "", zone = name] = address.split("%");
  const ip = parseIp(plain);
  const scope = ip === null || internal ? null : scopeOf(ip);
  if (ip === null || (scope !== "link-local" && scope !== "private")) return null;
  if (ip.includes(":")) return scope === "link-local" ? { name, family: "v6", ip: `${ip}%${zone}` as Ip, prefix: 64 } : null;
  const prefix = Number(cidr?.split("/")[1] ?? TUNNEL_PREFIX);
  return prefix < TUNNEL_PREFIX ? { name, family: "v4", ip, prefix } : null;
}

/** True for a place on the link of one of these interfaces: datagrams to it leave the local network on no account. */
export function isOnLink(endpoint: Endpoint, interfaces: readonly LanInterface[]): boolean {
  const ip = ipOf(endpoint);
  const zone = zoneOf(ip);
  if (ip.includes(":")) return scopeOf(ip) === "link-local" && interfaces.some((each) => each.family === "v6" && zoneOf(each.ip) === zone);
  return interfaces.some(({ family, ip: own, prefix }) => family === "v4" && prefixOf(own, prefix) === prefixOf(ip, prefix));
}

export function zoneOf(ip: Ip): string {
  return ip.split("%")[1] ?? "";
}

function prefixOf(ip: Ip, bits: number): number {
  const value = ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return Math.floor(value / 2 ** (32 - bits));
}
