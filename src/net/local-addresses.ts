import { networkInterfaces } from "node:os";

/** The addresses of this machine as one text: another text means that its network changed. */
export function localAddresses(): string {
  return Object.entries(networkInterfaces())
    .flatMap(([name, addresses = []]) => addresses.map(({ address }) => `${name} ${address}`))
    .sort()
    .join("\n");
}
