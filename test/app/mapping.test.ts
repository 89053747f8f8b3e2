import { describe, expect, test } from "vitest";
import { isMapped } from "../../src/app/mapping.ts";
import { mappingWords } from "../../src/faces/shared/mapping-words.ts";
import type { Endpoint } from "../../src/wire/index.ts";
import { DIAGNOSIS } from "../faces/fake-node.ts";
import { running } from "./running.ts";

test.each([
  ["a node that listens everywhere", undefined, "[::]:7667", true],
  ["a node of IPv4", undefined, "0.0.0.0:7667", true],
  ["a node on one private address", undefined, "192.168.1.10:7667", true],
  ["a node that is told not to", false, "[::]:7667", false],
  ["a node on loopback, whatever was said", true, "127.0.0.1:7667", false],
  ["a node on loopback of IPv6", true, "[::1]:7667", false],
  ["a node on one public address", undefined, "203.0.113.5:7667", false],
  ["a node on one address of IPv6", true, "[fc00::1]:7667", false],
])("%s asks the gateway: %s, %s is %s", (_, map, local, asks) => {
  expect(isMapped(map, local as Endpoint)).toBe(asks);
});

test("a node on loopback has nothing mapped, and says that nobody was asked", async () => {
  const node = await running();
  expect((await node.doctor({})).mapping).toBeNull();
  expect((await node.status()).mapped).toEqual([]);
});

describe("what came of it, in words", () => {
  const { mapping } = DIAGNOSIS;
  if (mapping === null) throw new Error("there is none");

  test.each([
    ["that nobody is asked", null, "not asked for"],
    ["where others reach the node", mapping, "udp 203.0.113.101:7667 by nat-pmp, for 50 min (pcp gateway-refused 1)"],
    ["that it is being asked", { ...mapping, ports: [], tried: {} }, "the router is being asked"],
  ])("tells %s", (__, of, words) => {
    expect(mappingWords(of)).toBe(words);
  });

  test.each(["no-gateway", "not-needed", "gateway-silent", "gateway-refused", "gateway-nonsense", "private-outer"] as const)(
    "tells what to make of %s",
    (reason) => {
      expect(mappingWords({ ...mapping, ports: [], tried: {}, reason })).toMatch(new RegExp(`^none, ${reason}: \\w`));
    },
  );

  test("tells of a mapping without an end", () => {
    const ports = mapping.ports.map((port) => ({ ...port, lifetimeS: null, leftS: null }));
    expect(mappingWords({ ...mapping, ports, tried: {} })).toBe("udp 203.0.113.101:7667 by nat-pmp, until taken back");
  });
});
