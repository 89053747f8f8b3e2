/** What a node learns of its own NAT against what that NAT does. PROTOCOL.md §15. */
import { describe, expect, it } from "vitest";
import type { NatReport } from "../../src/core/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { BEHAVIOURS, type BehaviourName, type Filtering, type Mapping, Simulator } from "../../src/sim/index.ts";
import type { Ip } from "../../src/wire/index.ts";

const WORDS = { eim: "endpoint-independent", adm: "address-dependent", apdm: "address-and-port-dependent" } as const;
const FILTERS = { eif: "endpoint-independent", adf: "address-dependent", apdf: "address-and-port-dependent" } as const;

type At = NonNullable<Parameters<Simulator["add"]>[0]["at"]>;

/** A behind a box, and so many public nodes that it holds sessions with. */
function survey(at: At, helpers: number, loss = 0): { nat: NatReport; ms: number } {
  const simulator = new Simulator({ seed: 7, crypto: sodiumCrypto });
  const others = Array.from({ length: helpers }, (_, n) => simulator.add({ name: `S${n}`, rendezvous: true }));
  const a = simulator.add({ name: "A", at, peers: others.map((other) => other.endpoint()) });
  for (const host of simulator.hosts) host.start();
  simulator.run(4_000);
  for (const box of a.site.boxes) box.link.loss = loss;
  const begun = simulator.now;
  a.command({ kind: "survey", ref: 1, own: [...a.ips.values()] as Ip[] });
  const found = () => a.events.flatMap((event) => (event.type === "nat" ? [event.nat] : []))[0];
  simulator.runUntil(() => found() !== undefined, 10_000);
  const nat = found();
  if (nat === undefined) throw new Error("the survey did not end");
  return { nat, ms: simulator.now - begun };
}

const COMBINATIONS = (Object.keys(WORDS) as Mapping[]).flatMap((mapping) =>
  (Object.keys(FILTERS) as Filtering[]).map((filtering) => [mapping, filtering] as const),
);

describe("a survey with two helpers", () => {
  it.each(COMBINATIONS)("finds out %s and %s", (mapping, filtering) => {
    const { nat, ms } = survey({ behind: [{ type: "nat", mapping, filtering }] }, 2);
    expect(nat).toMatchObject({ mapping: WORDS[mapping], filtering: FILTERS[filtering], keepsPort: false, reason: null });
    expect(nat.helpers).toHaveLength(2);
    expect(ms).toBeLessThan(5_000);
  });

  it.each<[BehaviourName, string, string]>([
    ["public", "none", "endpoint-independent"],
    ["firewall", "none", "address-and-port-dependent"],
    ["full-cone", "endpoint-independent", "endpoint-independent"],
    ["restricted-cone", "endpoint-independent", "address-dependent"],
    ["port-restricted", "endpoint-independent", "address-and-port-dependent"],
    ["linux", "endpoint-independent", "address-and-port-dependent"],
    ["apdm/eif", "address-and-port-dependent", "endpoint-independent"],
    ["symmetric", "address-and-port-dependent", "address-and-port-dependent"],
    ["symmetric+sequential", "address-and-port-dependent", "address-and-port-dependent"],
    ["linux-random", "address-and-port-dependent", "address-and-port-dependent"],
    ["cgnat", "endpoint-independent", "address-and-port-dependent"],
    ["cgnat-symmetric", "address-and-port-dependent", "address-and-port-dependent"],
  ])("tells %s by %s mapping and %s filtering", (behaviour, mapping, filtering) => {
    expect(survey({ behind: BEHAVIOURS[behaviour] }, 2).nat).toMatchObject({ mapping, filtering, reason: null });
  });

  it("comes to the same over a link that loses a fifth", () => {
    expect(survey({ behind: BEHAVIOURS["restricted-cone"] }, 2, 0.2).nat).toMatchObject({
      mapping: "endpoint-independent",
      filtering: "address-dependent",
    });
  });
});

describe("a survey with one helper", () => {
  it.each<[BehaviourName, string, string]>([
    ["public", "none", "endpoint-independent-or-address-dependent"],
    ["restricted-cone", "endpoint-independent-or-address-dependent", "endpoint-independent-or-address-dependent"],
    ["port-restricted", "endpoint-independent-or-address-dependent", "address-and-port-dependent"],
    ["symmetric", "address-and-port-dependent", "address-and-port-dependent"],
  ])("says of %s no more than it can know", (behaviour, mapping, filtering) => {
    expect(survey({ behind: BEHAVIOURS[behaviour] }, 1).nat).toMatchObject({ mapping, filtering });
  });
});

it("asks over IPv4, where NATs are, and somebody over IPv6 where the node is seen there", () => {
  const simulator = new Simulator({ seed: 7, crypto: sodiumCrypto });
  const families = ["v4", "v6"] as const;
  const [over6, over4] = ["S6", "S4"].map((name) => simulator.add({ name, families, rendezvous: true }));
  const peers = [over6?.endpoint("v6"), over4?.endpoint("v4")].flatMap((place) => place ?? []);
  const a = simulator.add({ name: "A", at: { behind: "symmetric", v6: "firewall" }, families, peers });
  for (const host of simulator.hosts) host.start();
  simulator.run(4_000);
  a.command({ kind: "survey", ref: 1, own: [...a.ips.values()] as Ip[] });
  simulator.run(6_000);
  const [nat] = a.events.flatMap((event) => (event.type === "nat" ? [event.nat] : []));
  expect(nat).toMatchObject({ mapping: "address-and-port-dependent", reason: null });
  expect(nat?.helpers.map(({ endpoint }) => endpoint)).toEqual([...peers].reverse());
  expect(nat?.helpers[1]?.seen).toBe(a.endpoint("v6"));
});

it.each<[BehaviourName, number]>([
  ["port-restricted", 0],
  ["udp-blocked", 2],
])("without anybody to ask nothing is known (%s, %i)", (behaviour, helpers) => {
  expect(survey({ behind: BEHAVIOURS[behaviour] }, helpers).nat).toEqual({
    mapping: "unknown",
    filtering: "unknown",
    keepsPort: null,
    helpers: [],
    reason: "no-helper",
  });
});
