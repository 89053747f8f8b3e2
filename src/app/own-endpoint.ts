/** Whether an endpoint is this node's own: whoever talks to himself waits for ever, or takes himself for a stranger. */
import { networkInterfaces } from "node:os";
import { type Endpoint, type Ip, ipOf, parseEndpoint, parseIp, scopeOf } from "../wire/index.ts";

/**
 * @param to - an endpoint; an address without a port names no program
 * @param local - where the node listens, `ip:port`
 */
export function isOwnEndpoint(to: string, local: string): boolean {
  const endpoint = parseEndpoint(to);
  if (endpoint === null || portOf(endpoint) !== portOf(local)) return false;
  const [ip, listens] = [ipOf(endpoint), ipOf(local as Endpoint)];
  if (scopeOf(listens) !== "unspecified") return ip === listens;
  return scopeOf(ip) === "loopback" || ownAddresses().includes(ip);
}

function ownAddresses(): Ip[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.map(({ address }) => parseIp(address)).filter((ip) => ip !== null);
}

function portOf(endpoint: string): string {
  return endpoint.slice(endpoint.lastIndexOf(":") + 1);
}
