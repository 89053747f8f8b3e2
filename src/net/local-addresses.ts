import { networkInterfaces } from "node:os";
import { type Ip, parseIp } from "../wire/index.ts";

/** The addresses of this machine as one text: another text means that its network changed. */
export function localAddresses(): string {
  return Object.entries(networkInterfaces())
    .flatMap(([name, addresses = []]) => addresses.map(({ address }) => `${name} ${address}`))
    .sort()
    .join("\n");
}

/** The same as addresses, without those that only this machine can name. */
export function localIps(): Ip[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.flatMap(({ address }) => parseIp(address) ?? []));
}
