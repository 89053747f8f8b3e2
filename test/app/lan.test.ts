import { expect, test } from "vitest";
import { isListenedOn, isOnLan } from "../../src/app/lan.ts";
import type { LanInterface } from "../../src/net/index.ts";
import type { Endpoint, Ip } from "../../src/wire/index.ts";

test.each([
  ["a node that listens everywhere", {}, "[::]:7667", true],
  ["a node of IPv4", {}, "0.0.0.0:7667", true],
  ["a node that is not to be found", { lan: false }, "[::]:7667", false],
  ["a node on loopback", {}, "127.0.0.1:7667", false],
  ["a node on loopback, whatever was said", { lan: true }, "[::1]:7667", false],
  ["a rendezvous", { rendezvous: true }, "[::]:7667", false],
  ["a rendezvous that is to be found", { rendezvous: true, lan: true }, "[::]:7667", true],
])("%s", (_, options, local, found) => {
  expect(isOnLan(options, local as Endpoint)).toBe(found);
});

test("a node is known at the addresses that it listens on", () => {
  const v4: LanInterface = { name: "eth0", family: "v4", ip: "192.168.1.10" as Ip, prefix: 24 };
  const v6: LanInterface = { name: "eth0", family: "v6", ip: "fe80::10%eth0" as Ip, prefix: 64 };
  const at = (host: string, families: "ipv4" | "ipv6" | "both") => [v4, v6].map((each) => isListenedOn(each, host as Ip, families));
  expect(at("::", "both")).toEqual([true, true]);
  expect(at("0.0.0.0", "ipv4")).toEqual([true, false]);
  expect(at("192.168.1.10", "ipv4")).toEqual([true, false]);
  expect(at("192.168.1.11", "ipv4")).toEqual([false, false]);
  expect(at("fe80::10", "ipv6")).toEqual([false, true]);
});
