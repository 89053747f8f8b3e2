/** Reach among many nodes: the oracle, the checker with bugs planted around the real core, and seeds. */
import { describe, expect, it } from "vitest";
import type { NodeConfig, Output, SessionView } from "../../../src/core/index.ts";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";
import { BEHAVIOURS, type BehaviourName, Random, Simulator } from "../../../src/sim/index.ts";
import {
  LIES,
  type Lie,
  lyingCrypto,
  pairFault,
  type ReachEnd,
  reachability,
  runReach,
  Sightings,
  type Whereabouts,
} from "../../../src/sim/reach/index.ts";
import { type Endpoint, isFrame } from "../../../src/wire/index.ts";
import { Bent } from "../bent.ts";

const { internet } = new Simulator({ seed: 1, crypto: sodiumCrypto });
const place = (behind: BehaviourName, v6 = false) => ({ site: internet.site(behind, { behind }), v6 });

describe("what the NATs of two places allow", () => {
  const names = (Object.keys(BEHAVIOURS) as BehaviourName[]).filter((name) => name !== "linux-open");
  const pairs = names.flatMap((a, at) => names.slice(at).map((b) => [a, b] as const));

  it("is what the laboratory measured: 52 of 91 pairs can punch", () => {
    expect(pairs).toHaveLength(91);
    expect(pairs.filter(([a, b]) => reachability(place(a), place(b)) === "direct")).toHaveLength(52);
  });

  it("is nothing for whoever has no UDP, and a relay where ports would have to be guessed", () => {
    expect(reachability(place("udp-blocked"), place("public"))).toBe("none");
    expect(reachability(place("symmetric"), place("linux"))).toBe("hard");
    expect(reachability(place("linux-open"), place("port-restricted"))).toBe("hard");
    expect(reachability(place("linux-open"), place("restricted-cone"))).toBe("direct");
  });

  it("is a direct way where both have IPv6, and within one LAN", () => {
    expect(reachability(place("symmetric", true), place("linux-random", true))).toBe("direct");
    expect(reachability(place("symmetric", true), place("linux-random"))).toBe("hard");
    const home = place("symmetric");
    expect(reachability(home, home)).toBe("direct");
  });
});

describe("the checker of a pair", () => {
  const view = (nodeId: string, keys: string, opens: string[], path: SessionView["path"]): SessionView => ({
    nodeId,
    keys,
    opens,
    path,
    endpoint: null,
    idle: true,
    letters: 0,
    aheadMs: 0,
  });
  const end = (name: string, at: Whereabouts, ...sessions: SessionView[]): ReachEnd => ({
    name,
    nodeId: name,
    ...at,
    sessions: new Map(sessions.map((each) => [each.nodeId, each])),
  });
  const heard = (...pairs: [by: string, from: string][]) => {
    const sightings = new Sightings();
    for (const [by, from] of pairs) {
      const datagram = { number: 1, origin: from, from: "198.18.0.1:1" as never, to: "198.18.0.2:1" as never, bytes: Uint8Array.of(0xf8) };
      sightings.watch({ kind: "arrived", at: 1, host: by, socket: 0, datagram });
    }
    return sightings;
  };
  const [a, b] = [view("b", "1", ["2"], "direct"), view("a", "2", ["1"], "direct")];

  it("accepts two that hear each other, and two over a relay whose NATs allow no more", () => {
    expect(pairFault(end("a", place("linux"), a), end("b", place("linux"), b), heard(["a", "b"], ["b", "a"]), 0)).toBeNull();
    expect(pairFault(end("a", place("linux"), a), end("b", place("symmetric"), b), heard(), 0)).toBeNull();
  });

  it.each([
    ["no session at one end", end("a", place("linux")), end("b", place("linux"), b), "apart"],
    ["a session without a way", end("a", place("linux"), { ...a, path: null }), end("b", place("linux"), b), "apart"],
    ["keys that the other does not have", end("a", place("linux"), { ...a, keys: "3" }), end("b", place("linux"), b), "apart"],
    ["a path that its node calls direct, over which nothing came", end("a", place("linux"), a), end("b", place("linux"), b), "detour"],
  ] as const)("finds %s", (_what, one, other, kind) => {
    expect(pairFault(one, other, heard(["a", "b"]), 0)?.kind).toBe(kind);
  });
});

describe("a rendezvous that lies", () => {
  const relayed = (letter: string) => `{"msg_type":"RELAY","msg_data":{"dst":"198.18.0.7:7667","d":"${letter.repeat(64)}"}}`;
  const SAID: Readonly<Record<Lie, (at: number) => string>> = {
    drops: () => relayed("A"),
    damages: () => relayed("a"),
    replays: (at) => relayed(String.fromCharCode(65 + at)),
    misroutes: () => `{"msg_type":"ROUTING","msg_data":{"nodes":[{"address":"198.18.0.7:7667","node_id":"${"0".repeat(52)}"}]}}`,
    misleads: () => '{"msg_type":"CONNECT","msg_data":{"dst":"198.18.0.7:7667","src":"198.18.0.8"}}',
  };
  /** What is sealed in place of what is said. */
  const sealed = (lie: Lie, said: readonly string[]) => {
    const texts: string[] = [];
    const sealInto: typeof sodiumCrypto.sealInto = (_out, _key, _counter, _ad, plaintext) =>
      texts.push(new TextDecoder().decode(plaintext));
    const crypto = lyingCrypto({ ...sodiumCrypto, sealInto }, lie, new Random(1));
    const nothing = new Uint8Array();
    for (const text of said) crypto.sealInto(nothing, nothing, 0, nothing, new TextEncoder().encode(text));
    return texts;
  };

  it.each(LIES)("that %s changes what it says there, of the same length, and says the rest as it is", (lie) => {
    const said = Array.from({ length: 20 }, (_, at) => SAID[lie](at));
    const texts = sealed(lie, said);
    expect(texts.filter((text, at) => text !== said[at]).length).toBeGreaterThan(5);
    expect(texts.map(({ length }) => length)).toEqual(said.map(({ length }) => length));
    const chat = Array.from({ length: 20 }, (_, at) => `{"msg_type":"MESSAGE","msg_data":{"message":"${at}"}}`);
    expect(sealed(lie, chat)).toEqual(chat);
  });
});

describe("bugs planted in some nodes of a swarm", () => {
  const run = (change: (output: Output, config: NodeConfig) => Output[]) =>
    runReach({
      seed: 5,
      nodes: 16,
      faultsMs: 0,
      withinMs: 20_000,
      crypto: sodiumCrypto,
      makeNode: (config) => new Bent(config, (output) => change(output, config)),
    });

  it("are found: nodes that relay nothing, though they introduce", () => {
    const outcome = run((output) => (output.kind === "send" && isFrame(output.bytes) && output.bytes.length > 200 ? [] : [output]));
    expect(outcome.violations.join("\n")).toMatch(/holds no live session with/);
  });

  it("are found: nodes that speak with rendezvous only", () => {
    const isRendezvous = (to: Endpoint) => /^198\.18\.0\.[123]:/.test(to);
    const outcome = run((output, { rendezvous }) => (output.kind === "send" && !rendezvous && !isRendezvous(output.to) ? [] : [output]));
    expect(outcome.detours.join("\n")).toMatch(/do not hear each other directly/);
  });

  it("are found: sockets that are opened and forgotten", () => {
    const outcome = run((output) => (output.kind === "close" ? [] : [output]));
    expect(outcome.violations.join("\n")).toMatch(/keeps socket \d+ open/);
  });
});

describe("a swarm with reasons to talk", () => {
  it.each([
    [40, 0, 1],
    [16, 3, 1],
  ])(
    "of %i nodes, with %i rendezvous that lie, is connected after faults and calm, in %i seeds",
    { timeout: 120_000 },
    (nodes, liars, seeds) => {
      for (let seed = 1; seed <= seeds; seed++) {
        const outcome = runReach({ seed, nodes, liars, crypto: sodiumCrypto });
        const command = `node src/sim/run.ts --kind reach --seed ${seed} --nodes ${nodes} --liars ${liars} --trace`;
        expect(outcome.violations, command).toEqual([]);
        expect(outcome.detours, command).toEqual([]);
      }
    },
  );
});
