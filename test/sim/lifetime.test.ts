/** What a node learns of the lifetime of its NAT's mappings against what that NAT does. PROTOCOL.md §15.4. */
import { describe, expect, it } from "vitest";
import type { LifetimeReport, LifetimeStep } from "../../src/core/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { BEHAVIOURS, type BehaviourName, type BoxRules, type Filtering, type Host, type Mapping, Simulator } from "../../src/sim/index.ts";
import type { Endpoint, Ip } from "../../src/wire/index.ts";

const PROBE = /"survey"/;

interface Asked {
  readonly simulator: Simulator;
  readonly helper: Host;
  readonly a: Host;
  steps(): LifetimeStep[];
  report(): LifetimeReport | undefined;
  /** Until it is over; in ms. */
  end(): number;
}

/** A behind boxes, that holds a session with a public node and asks. */
function asked(behind: readonly BoxRules[], loss = 0): Asked {
  const simulator = new Simulator({ seed: 7, crypto: sodiumCrypto });
  const helper = simulator.add({ name: "S", rendezvous: true });
  const a = simulator.add({ name: "A", at: { behind }, peers: [helper.endpoint()] });
  for (const host of simulator.hosts) host.start();
  simulator.run(4_000);
  for (const box of a.site.boxes) box.link.loss = loss;
  const begun = simulator.now;
  ask(a, 1);
  const steps = () => stepsOf(a, 1);
  const report = () => reportOf(a, 1);
  const end = () => {
    simulator.runUntil(() => report() !== undefined, 150_000);
    return simulator.now - begun;
  };
  return { simulator, helper, a, steps, report, end };
}

function ask(host: Host, ref: number): void {
  host.command({ kind: "lifetime", ref, own: [...host.ips.values()] as Ip[] });
}

function stepsOf(host: Host, ref: number): LifetimeStep[] {
  return host.events.flatMap((event) => (event.type === "lifetime" && event.ref === ref ? [event.step] : []));
}

function reportOf(host: Host, ref: number): LifetimeReport | undefined {
  return stepsOf(host, ref).flatMap((step) => (step.step === "done" ? [step.report] : []))[0];
}

function found(behind: readonly BoxRules[], loss = 0): { report: LifetimeReport | undefined; ms: number } {
  const under = asked(behind, loss);
  const ms = under.end();
  return { report: under.report(), ms };
}

const NAT = { type: "nat", mapping: "eim", filtering: "apdf" } as const;

describe("the lifetime of a mapping", () => {
  it.each([
    [2, null, 4],
    [5, 4, 8],
    [20, 15, 25],
    [30, 25, 40],
    [60, 40, 65],
    [120, 95, 125],
    [300, 125, null],
  ])("of %i s is at least %s and below %s s", (lifetimeS, atLeastS, belowS) => {
    for (const box of [NAT, { type: "linux" }] as const) {
      const { report, ms } = found([{ ...box, lifetimeMs: lifetimeS * 1_000 }]);
      expect(report).toEqual({ atLeastS, belowS, reason: null });
      expect(ms).toBeLessThan((belowS ?? 125) * 1_000 + 5_000);
    }
  });

  const COMBINATIONS = (["eim", "adm", "apdm"] as Mapping[]).flatMap((mapping) =>
    (["eif", "adf", "apdf"] as Filtering[]).map((filtering) => [mapping, filtering] as const),
  );

  it.each(COMBINATIONS)("is found whatever the NAT does else (%s, %s)", (mapping, filtering) => {
    expect(found([{ type: "nat", mapping, filtering, lifetimeMs: 10_000 }]).report).toEqual({ atLeastS: 8, belowS: 15, reason: null });
  });

  it("is the shortest of those on the way", () => {
    expect(
      found([
        { ...NAT, lifetimeMs: 50_000 },
        { type: "linux", lifetimeMs: 10_000 },
      ]).report,
    ).toMatchObject({ atLeastS: 8, belowS: 15 });
  });

  it.each([1, 2, 3])("is the same over a link that loses a fifth (%i)", () => {
    expect(found([{ ...NAT, lifetimeMs: 30_000 }], 0.2).report).toMatchObject({ atLeastS: 25, belowS: 40 });
  });

  it("is told of step by step", () => {
    const under = asked([{ ...NAT, lifetimeMs: 10_000 }]);
    under.end();
    expect(under.steps()).toEqual([
      { step: "silent", sockets: 8, mostS: 125 },
      { step: "tried", silentS: 4, through: true },
      { step: "tried", silentS: 8, through: true },
      { step: "tried", silentS: 15, through: false },
      { step: "done", report: { atLeastS: 8, belowS: 15, reason: null } },
    ]);
  });
});

describe("nothing is said of it", () => {
  it.each<[BehaviourName, string]>([
    ["public", "no-nat"],
    ["firewall", "no-nat"],
    ["udp-blocked", "no-helper"],
  ])("behind %s: %s", (behaviour, reason) => {
    const { report, ms } = found(BEHAVIOURS[behaviour]);
    expect(report).toEqual({ atLeastS: null, belowS: null, reason });
    expect(ms).toBeLessThan(2_000);
  });

  it("beyond what is known, when the helper is gone", () => {
    const under = asked([{ ...NAT, lifetimeMs: 60_000 }]);
    under.simulator.run(12_000);
    under.helper.stop(0);
    under.end();
    expect(under.report()).toEqual({ atLeastS: 8, belowS: null, reason: "no-answer" });
  });

  it("beyond what is known, when the NAT was switched off and on and has another address", () => {
    const under = asked([{ ...NAT, lifetimeMs: 60_000 }]);
    under.simulator.run(12_000);
    under.a.site.boxes[0]?.moveTo("203.0.113.77" as Ip);
    under.end();
    expect(under.report()).toEqual({ atLeastS: 8, belowS: null, reason: "moved" });
  });

  it("when a socket is seen at another address than the node: the helper sends to nobody there", () => {
    const under = asked([{ ...NAT, lifetimeMs: 60_000 }]);
    under.a.site.boxes[0]?.moveTo("203.0.113.77" as Ip);
    expect(under.end()).toBeLessThan(2_000);
    expect(under.report()).toEqual({ atLeastS: null, belowS: null, reason: "moved" });
  });

  it("to a second question, while the first is under way", () => {
    const under = asked([{ ...NAT, lifetimeMs: 5_000 }]);
    under.simulator.run(1_000);
    ask(under.a, 2);
    under.end();
    expect(reportOf(under.a, 2)).toMatchObject({ reason: "busy" });
    expect(under.report()).toMatchObject({ atLeastS: 4, belowS: 8 });
  });
});

describe("the sockets", () => {
  it("are silent once they were seen, and gone in the end", () => {
    const under = asked([{ ...NAT, lifetimeMs: 30_000 }]);
    const sent: { socket: number; at: number }[] = [];
    under.simulator.watch({
      watch: (note) => {
        if (note.kind === "sent" && note.host === "A" && note.socket !== 0) sent.push(note);
      },
    });
    under.end();
    expect(new Set(sent.map(({ socket }) => socket)).size).toBe(8);
    const first = sent[0]?.at ?? 0;
    expect(sent.filter(({ at }) => at - first > 3_500)).toEqual([]);
    under.simulator.run(1_000);
    expect(under.a.sockets.size).toBe(1);
  });

  it("take no probe before they asked for it, also from the helper", () => {
    const { under, shown, refused } = watched(10_000);
    for (const [at, bytes] of shown) under.simulator.forge(under.helper.endpoint(), at, bytes);
    under.simulator.run(100);
    expect(refused).toEqual(Array.from({ length: 8 }, () => "survey-not-asked"));
    under.end();
    expect(under.report()).toEqual({ atLeastS: 8, belowS: 15, reason: null });
  });

  it("take no probe from elsewhere for the helper's, whoever has read the token", () => {
    const { under, shown, refused } = watched(60_000);
    under.simulator.run(6_000);
    under.helper.stop(0);
    for (let second = 0; second < 8; second++) {
      for (const [at, bytes] of shown) under.simulator.forge("203.0.113.99:4000" as Endpoint, at, bytes);
      under.simulator.run(1_000);
    }
    under.end();
    expect(refused).toContain("survey-not-asked");
    expect(under.report()).toEqual({ atLeastS: 8, belowS: null, reason: "no-answer" });
  });
});

/** All sockets were seen: where, with which datagram, and what A drops from then on. */
function watched(lifetimeMs: number): { under: Asked; shown: Map<Endpoint, Uint8Array>; refused: string[] } {
  const under = asked([{ ...NAT, filtering: "eif", lifetimeMs }]);
  const shown = new Map<Endpoint, Uint8Array>();
  const refused: string[] = [];
  under.simulator.watch({
    watch: (note) => {
      if (note.kind === "arrived" && note.host === "S" && PROBE.test(new TextDecoder().decode(note.datagram.bytes)))
        shown.set(note.datagram.from, note.datagram.bytes);
      if (note.kind === "dropped" && note.host === "A") refused.push(note.reason);
    },
  });
  under.simulator.run(3_500);
  expect(shown.size).toBe(8);
  return { under, shown, refused };
}
