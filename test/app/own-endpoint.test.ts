import { describe, expect, test } from "vitest";
import { isOwnEndpoint } from "../../src/app/own-endpoint.ts";
import type { Endpoint, Ip } from "../../src/wire/index.ts";
import { running } from "./running.ts";

const machine = (): Ip[] => ["192.0.2.9", "2001:db8::9"] as Ip[];

test.each([
  ["192.0.2.9:7667", "[::]:7667", true],
  ["[2001:db8::9]:7667", "[::]:7667", true],
  ["192.0.2.9:7667", "0.0.0.0:7667", true],
  ["127.0.0.1:7667", "0.0.0.0:7667", true],
  ["[::1]:7667", "[::]:7667", true],
  ["127.0.0.1:7668", "[::]:7667", false],
  ["192.0.2.10:7667", "[::]:7667", false],
  ["127.0.0.2:7667", "127.0.0.2:7667", true],
  ["127.0.0.1:7667", "127.0.0.2:7667", false],
])("%s of a node that listens on %s is its own: %s", (of, local, own) => {
  expect(isOwnEndpoint(of as Endpoint, local as Endpoint, machine)).toBe(own);
});

describe("a node that is told to reach itself", () => {
  const refused = { code: "bad-address", message: expect.stringContaining("this very node") };

  test("refuses, by whatever command", async () => {
    const node = await running({ listen: "0.0.0.0:0", lan: false, map: false });
    const own = `127.0.0.1:${node.udp.split(":")[1]}`;
    await expect(node.connect({ peer: own })).rejects.toMatchObject(refused);
    await expect(node.join({ channel: "#lobby", at: [own] })).rejects.toMatchObject(refused);
    await expect(node.getcertificate({ peer: own })).rejects.toMatchObject(refused);
    expect(await node.peers()).toEqual([]);
  });

  test("as a configured peer, does not start", async () => {
    const node = await running({ listen: "127.0.0.2:0" });
    const free = node.udp;
    await node.stop();
    await expect(running({ listen: free, peers: [free] })).rejects.toMatchObject(refused);
  });
});
