/** A short storm in process: nothing throws, every table stays within its bound, and the heap does not grow with the storm. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { PEERS_MAX, PUNCHED_MAX, PUNCHES_ASKED_MAX, PUNCHES_OWN_MAX, ROUTES_MAX } from "../../src/core/limits.ts";
import { DECODE_REASONS } from "../../src/wire/index.ts";
import { Chance } from "./chance.ts";
import { hostile } from "./generator.ts";
import { Target } from "./target.ts";

const SHORT = 25_000;
/** A table that forgot its bound would grow by far more in SHORT datagrams. */
const HEAP_GROWTH_MAX = 24 * 2 ** 20;

describe("50,000 hostile datagrams", () => {
  test("leave the node alive, its tables bounded and every drop counted", () => {
    const target = new Target(1);
    target.play(SHORT);
    const before = heap();
    target.play(SHORT);
    const grown = heap() - before;
    const { node, now, sockets } = target;
    const { datagramsIn, dropped, received, bytesIn, bytesOut } = node.counters();

    expect(datagramsIn).toBe(2 * SHORT);
    expect(node.peers(now).length).toBeLessThanOrEqual(PEERS_MAX);
    expect(node.routes(now).length).toBeLessThanOrEqual(ROUTES_MAX);
    expect(node.channels(now)).toHaveLength(1);
    expect(sockets.size).toBeLessThanOrEqual(PUNCHED_MAX + PUNCHES_ASKED_MAX + PUNCHES_OWN_MAX);
    expect(bytesOut).toBeLessThan(bytesIn);
    expect(grown).toBeLessThan(HEAP_GROWTH_MAX);
    const unread = DECODE_REASONS.reduce((sum, reason) => sum + (reason === "nested-relay" ? 0 : (dropped[reason] ?? 0)), 0);
    const read = Object.values(received).reduce((sum, times) => sum + times, 0);
    expect(read + unread).toBeGreaterThanOrEqual(datagramsIn - (dropped["nested-relay"] ?? 0));
    for (const reason of DECODE_REASONS) expect(dropped[reason] ?? 0, reason).toBeGreaterThan(0);
    for (const reason of [
      "unknown-peer",
      "stray-ack",
      "duplicate",
      "keys-full",
      "connect-scope",
      "connect-not-asked",
      "not-a-member",
    ] as const) {
      expect(dropped[reason] ?? 0, reason).toBeGreaterThan(0);
    }
  }, 60_000);

  test("are forgotten: a minute later only the configured peer and the channel are left", () => {
    const target = new Target(2);
    target.play(5_000);
    target.rest(60_000);
    expect(target.node.peers(target.now).map((peer) => peer.configured)).toEqual([true]);
    expect(target.node.routes(target.now)).toEqual([]);
    expect(target.sockets.size).toBe(0);
  }, 60_000);

  test("leave nothing behind on the prototypes", () => {
    const target = new Target(3);
    target.play(3_000);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(({} as Record<string, unknown>).msg_type).toBeUndefined();
  });
});

describe("50,000 hostile datagrams at a node that holds sessions", () => {
  const PARTNERS = 6;

  test("leave the sessions, and every text in them, alone", () => {
    const target = new Target(4, PARTNERS);
    const { node, partners, shown } = target;
    for (const { holds } of partners) expect([...holds]).toContain(node.nodeId);
    target.play(SHORT);
    const before = heap();
    target.post("to all of you");
    target.play(SHORT);
    const grown = heap() - before;
    target.rest(5_000);

    for (const partner of partners) {
      expect(partner.ended).toBe(0);
      expect(partner.said).toBeGreaterThan(5);
      const heard = shown.flatMap((text) => (text.startsWith(`${partner.at} `) ? [Number(text.slice(partner.at.length + 1))] : []));
      const first = heard[0] ?? 0; // said before the two were in the channel together, a text goes nowhere
      expect(first).toBeLessThanOrEqual(2);
      expect(heard).toEqual(Array.from({ length: heard.length }, (_, n) => first + n));
      expect(heard.at(-1)).toBeGreaterThanOrEqual(partner.said - 1);
      expect(partner.shown).toContain("to all of you");
    }
    const held = node
      .peers(target.now)
      .filter((peer) => peer.kind === "full" && peer.live && partners.some(({ at }) => at === peer.endpoint));
    expect(held).toHaveLength(PARTNERS);
    expect(grown).toBeLessThan(HEAP_GROWTH_MAX);
    const { dropped } = node.counters();
    for (const reason of [
      "no-session",
      "bad-frame",
      "replay",
      "full-peer",
      "bad-handshake",
      "handshake-stray",
      "handshake-suite",
      "handshake-cookie",
    ] as const)
      expect(dropped[reason] ?? 0, reason).toBeGreaterThan(0);
  }, 60_000);

  test("draw no more bytes than they have, beyond what the sessions say and the two allowances", () => {
    const target = new Target(5, 2);
    const { bytesIn, bytesOut } = target.node.counters();
    target.play(SHORT);
    const after = target.node.counters();
    expect(after.bytesOut - bytesOut).toBeLessThan(after.bytesIn - bytesIn);
  }, 60_000);
});

test("the same seed plays the same storm", () => {
  const [one, other] = [new Chance(9), new Chance(9)];
  for (let n = 0; n < 500; n++) expect(hostile(one)).toEqual(hostile(other));
});

/** Bytes of the heap after a collection. */
function heap(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}
