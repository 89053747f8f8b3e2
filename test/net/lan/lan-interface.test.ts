import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { isOnLink, lanInterfaces } from "../../../src/net/index.ts";
import type { Endpoint } from "../../../src/wire/index.ts";

function address(address: string, prefix: number, internal = false): NetworkInterfaceInfo {
  const rest = { address, netmask: "", mac: "00:00:00:00:00:00", internal, cidr: `${address}/${prefix}` };
  return address.includes(":") ? { ...rest, family: "IPv6", scopeid: 2 } : { ...rest, family: "IPv4" };
}

const MACHINE = {
  lo: [address("127.0.0.1", 8, true), address("::1", 128, true)],
  eth0: [address("192.168.1.10", 24), address("2001:db8::10", 64), address("fe80::10", 64)],
  eth1: [address("203.0.113.5", 24)],
  wlan0: [address("169.254.7.7", 16)],
  tun0: [address("10.8.0.2", 32)],
};
const lan = lanInterfaces(() => MACHINE);

test("the local networks are those of private and link-local addresses", () => {
  expect(lan).toEqual([
    { name: "eth0", family: "v4", ip: "192.168.1.10", prefix: 24 },
    { name: "eth0", family: "v6", ip: "fe80::10%eth0", prefix: 64 },
    { name: "wlan0", family: "v4", ip: "169.254.7.7", prefix: 16 },
  ]);
});

test.each([
  ["192.168.1.77:7667", true],
  ["192.168.2.77:7667", false],
  ["169.254.200.1:7667", true],
  ["203.0.113.6:7667", false],
  ["10.8.0.3:7667", false],
  ["127.0.0.1:7667", false],
  ["[fe80::20%eth0]:7667", true],
  ["[fe80::20%wlan0]:7667", false],
  ["[fe80::20]:7667", false],
  ["[2001:db8::20%eth0]:7667", false],
  ["[::1]:7667", false],
])("%s lies on one of their links: %s", (place, lies) => {
  expect(isOnLink(place as Endpoint, lan)).toBe(lies);
});
