/** Whether an endpoint leads back to this node: a node that is its own peer would tell its user that somebody is there. */
import { networkInterfaces } from "node:os";
import { type Endpoint, type Ip, ipOf, parseIp, portOf, scopeOf } from "../wire/index.ts";

/**
 * @param local - where the node listens, `[::]` or `0.0.0.0` for all addresses of the machine
 * @param machine - the machine's addresses
 */
export function isOwnEndpoint(of: Endpoint, local: Endpoint, machine: () => readonly Ip[] = machineIps): boolean {
  if (portOf(of) !== portOf(local)) return false;
  if (scopeOf(ipOf(local)) !== "unspecified") return ipOf(of) === ipOf(local);
  return scopeOf(ipOf(of)) === "loopback" || machine().includes(ipOf(of));
}

function machineIps(): Ip[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .flatMap(({ address }) => parseIp(address) ?? []);
}
