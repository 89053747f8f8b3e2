import { describe, expect, test } from "vitest";
import { findingsOf } from "../../src/app/doctor.ts";
import { DIAGNOSIS } from "../faces/fake-node.ts";
import { running } from "./running.ts";

const NAT = { mapping: "none", filtering: "endpoint-independent", keepsPort: null, helpers: [], reason: null } as const;
const FINE = { ...DIAGNOSIS, nat: NAT, clock: { sessions: 3, behindMs: 10 }, unresolved: [] };

describe("findings", () => {
  test("of a node that everybody reaches are just that", () => {
    expect(findingsOf(FINE)).toEqual(["open"]);
  });

  test.each([
    ["store-failed", { store: { state: "failed", code: "disk-full" } }],
    ["sends-blocked", { socketErrors: { EPERM: 1 } }],
    ["unresolved-names", { unresolved: ["x:1"] }],
    ["nothing-arrives", { datagrams: { in: 0, out: 9 } }],
    ["nobody-reached", { peers: [] }],
    ["clock-wrong", { clock: { sessions: 1, behindMs: -61_000 } }],
    ["no-network", { addresses: [] }],
    ["lan-failed", { lan: { at: [{ name: "eth0", ip: "192.168.1.10", by: [] }], heard: 0, faults: { "mdns EADDRINUSE": 1 } } }],
  ] as const)("have %s where it is so", (finding, change) => {
    expect(findingsOf({ ...FINE, ...change })).toContain(finding);
    expect(findingsOf(FINE)).not.toContain(finding);
  });

  test.each([
    ["endpoint-independent", "nat-friendly"],
    ["endpoint-independent-or-address-dependent", "nat-friendly"],
    ["address-dependent", "nat-hard"],
    ["address-and-port-dependent", "nat-hard"],
    ["unknown", "nat-unknown"],
  ] as const)("take %s mapping for %s", (mapping, finding) => {
    expect(findingsOf({ ...FINE, nat: { ...NAT, mapping, filtering: "address-dependent" } })).toEqual([finding]);
  });

  test("take filtering without a NAT for a firewall", () => {
    expect(findingsOf({ ...FINE, nat: { ...NAT, filtering: "address-dependent" } })).toEqual(["firewalled"]);
  });
});

test("a node with nobody to ask says so, and what it knows by itself", async () => {
  const node = await running();
  const diagnosis = await node.doctor({});
  expect(diagnosis).toMatchObject({ nat: { mapping: "unknown", reason: "no-helper" }, lan: null, peers: [], store: { state: "ok" } });
  expect(diagnosis.findings).toEqual(expect.arrayContaining(["nobody-reached", "nat-unknown"]));
  expect(diagnosis).toMatchObject({ lifetime: null, ipv6Seen: [] });
  expect((await node.doctor({ lifetime: true })).lifetime).toEqual({ atLeastS: null, belowS: null, reason: "no-helper" });
  await expect(node.doctor({ lifetime: "yes" } as never)).rejects.toMatchObject({ code: "usage" });
  await expect(node.doctor({ peer: "203.0.113.9:7667" })).rejects.toMatchObject({ code: "no-such-peer" });
});

test("two nodes on loopback see how they reach each other", async () => {
  const a = await running();
  const b = await running({ peers: [a.udp] });
  await expect.poll(async () => (await b.status()).sessions, { timeout: 8_000 }).toBe(1);
  const { peers } = await b.doctor({ peer: a.nodeId });
  expect(peers).toMatchObject([
    { id: a.nodeId, kind: "full", ways: [{ endpoint: a.udp, inUse: true, live: true }], trials: [{ outcome: "ok" }] },
  ]);
});
