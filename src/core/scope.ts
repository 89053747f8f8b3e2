/** Which endpoints CONNECT may name: it must not aim anybody's probes at places that the asker cannot be in. PROTOCOL.md §8.12. */
import { type Endpoint, type Ip, ipOf, portOf, scopeOf } from "../wire/index.ts";
import { CONNECT_PORT_MIN } from "./limits.ts";

/**
 * The range that an address is reachable in: one word for the public internet, one for each private range, one for
 * loopback; null for what is never a peer (multicast, broadcast, unspecified, link-local).
 */
export function rangeOf(ip: Ip): string | null {
  switch (scopeOf(ip)) {
    case "public":
      return "public";
    case "loopback":
      return "loopback";
    case "private":
      return ip.includes(":") ? "fc00::/7" : privateV4(ip);
    default:
      return null;
  }
}

/** True when two endpoints may be introduced to each other: both in one range, and no port of a system service. */
export function mayMeet(one: Endpoint, other: Endpoint): boolean {
  const range = rangeOf(ipOf(one));
  return range !== null && range === rangeOf(ipOf(other)) && portOf(one) >= CONNECT_PORT_MIN && portOf(other) >= CONNECT_PORT_MIN;
}

/** True when we may probe `target` because S, at `beside`, says so: a private address only where S is in the same range. */
export function mayProbe(target: Endpoint, beside: Endpoint): boolean {
  const range = rangeOf(ipOf(target));
  if (range === null || portOf(target) < CONNECT_PORT_MIN) return false;
  return range === "public" || range === rangeOf(ipOf(beside));
}

function privateV4(ip: Ip): string {
  const [a] = ip.split(".", 1);
  return a === "10" ? "10/8" : a === "172" ? "172.16/12" : a === "192" ? "192.168/16" : "100.64/10";
}
