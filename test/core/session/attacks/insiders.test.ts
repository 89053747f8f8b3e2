/**
 * Rows 43 to 45: a node that holds a session and says in it whatever hurts: oversize, deeply nested and poisonous JSON, and
 * fragments that never become messages. It is dropped and counted; the node's memory and everybody else's talk go on.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  type Endpoint,
  FRAGMENT_HEAD,
  PAYLOAD_BYTES_MAX,
  SESSION_MESSAGE_MAX,
  writeFragment,
  writeLoose,
  writeMessage,
} from "../../../../src/wire/index.ts";
import { Chance } from "../../../hostile/chance.ts";
import { hostile, TARGET_CHANNEL } from "../../../hostile/generator.ts";
import { ATTIC, join, joins, LOBBY, posts, say, text } from "../../said.ts";
import type { Host, World } from "../../world.ts";
import { A, B, full } from "../full.ts";
import { ATTACKER, intrude, talking } from "./attack.ts";
import { type ForgedSession, Forger, payloadOf } from "./forger.ts";

const encoder = new TextEncoder();
const PART_BYTES = PAYLOAD_BYTES_MAX - FRAGMENT_HEAD;

/** An insider of A, beside whom A and B talk. */
class Insider {
  readonly world: World;
  readonly a: Host;
  readonly b: Host;
  readonly keys: ForgedSession;
  readonly #host: Host;
  #seq = 0;

  constructor(place = ATTACKER, met = talking(), seed = 66) {
    this.world = met.world;
    this.a = met.a;
    this.b = met.b;
    this.#host = this.world.bare(place);
    this.keys = intrude(this.world, this.#host, this.a, new Forger(seed));
  }

  /** Says one message, in as many fragments as it takes. */
  say(message: Uint8Array | object | string, stream = 0): void {
    const bytes = message instanceof Uint8Array ? message : encoder.encode(typeof message === "string" ? message : JSON.stringify(message));
    const seq = this.#seq++;
    if (bytes.length <= PART_BYTES) this.frame((into, at) => writeMessage(into, at, stream, seq, bytes));
    const of = Math.ceil(bytes.length / PART_BYTES);
    for (let index = 0; of > 1 && index < of; index++) {
      const part = bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES);
      this.frame((into, at) => writeFragment(into, at, stream, seq, index, of, part));
    }
  }

  loose(message: object): void {
    this.frame((into, at) => writeLoose(into, at, encoder.encode(JSON.stringify(message))));
  }

  frame(...writers: ((into: Uint8Array, at: number) => number)[]): void {
    this.a.step({ kind: "datagram", socket: 0, from: this.#host.endpoint, bytes: this.keys.frame(payloadOf(...writers)) });
  }

  /** The others still talk, and what is said inside is still taken. */
  expectAlive(): void {
    const before = [this.a.posts().length, this.b.posts().length];
    this.a.command(posts(9_000 + (before[1] ?? 0), "still here"));
    this.b.command(posts(9_500 + (before[0] ?? 0), "still here"));
    this.world.run(1_000);
    expect([this.a.posts().length, this.b.posts().length]).toEqual(before.map((each) => each + 1));
    expect(this.a.saw("session-down")).toEqual([]);
  }
}

const DEEP = 100_000;
/** Several times what one session may hold, and far below what the attacks would take without a bound. */
const GROWTH_MAX = 64 * 2 ** 20;

describe("what an insider says", () => {
  test.each<[string, string | object, string]>([
    ["arrays, 100,000 deep", `{"msg_type":"MESSAGE","msg_data":${"[".repeat(DEEP)}${"]".repeat(DEEP)}}`, "too-deep"],
    ["arrays, 20,000 deep", `{"msg_type":"MESSAGE","msg_data":${"[".repeat(20_000)}${"]".repeat(20_000)}}`, "too-deep"],
    ["objects that are never closed", '{"msg_data":'.repeat(5_000), "too-deep"],
    [
      "a text of a mebibyte for a channel that A is not in",
      text("x".repeat(SESSION_MESSAGE_MAX - 200), { channel_id: ATTIC }),
      "not-joined",
    ],
    ["a list of 60,000 numbers", `{"msg_type":"ROUTING","msg_data":{"nodes":[${"0,".repeat(30_000)}0]}}`, "bad-data"],
    ["a key of 60,000 letters", say("HELLO", { ["k".repeat(60_000)]: 1 }), ""],
    ["an endpoint of 60,000 digits", say("ROUTING", { nodes: [{ address: `${"1".repeat(60_000)}:1` }] }), "bad-data"],
    ["base64 of 60,000 letters", say("CERTIFICATE", { certificate: `${"A".repeat(60_000)}!` }), "bad-data"],
    ["a GUID of 60,000 dashes", say("JOIN", { channel_id: "-".repeat(60_000) }), "bad-data"],
    ["a number beyond all numbers", `{"msg_type":"ACK","msg_data":{"msg_id":${"9".repeat(400)}}}`, "stray-ack"],
    ["bytes that are no UTF-8", "\ud800", "not-ours"],
    ["a frame in a frame", "\u00f8", "not-ours"],
    ["nothing but white space", " ".repeat(60_000), "not-json"],
    ["an unknown verb", say("POLLUTE", {}), "unknown-verb"],
    ["half a character in ptp", `{"msg_type":"JOIN","msg_data":{"channel_id":"${LOBBY}","ptp":{"cookie":"\\ud800"}}}`, "lone-surrogate"],
  ])("%s: dropped, and the others talk on", (_name, message, reason) => {
    const insider = new Insider();
    insider.say(message);
    insider.world.run(50);
    if (reason !== "") expect(insider.a.drops.map((drop) => drop.reason)).toContain(reason);
    insider.expectAlive();
  });

  test("with __proto__, constructor and prototype in every place: nothing is polluted", () => {
    const insider = new Insider();
    const poison = '"__proto__":{"polluted":1,"msg_type":"HELLO","channel_id":"x"},"constructor":{"prototype":{"polluted":1}}';
    for (const verb of [
      "HELLO",
      "ACK",
      "JOIN",
      "CHANNEL",
      "LEAVE",
      "MESSAGE",
      "GETKEY",
      "KEY",
      "CERTIFICATE",
      "RELAY",
      "CONNECT",
      "ROUTING",
    ]) {
      insider.say(
        `{${poison},"msg_type":"${verb}","msg_data":{${poison},"channel_id":"${LOBBY}","message":"x","msg_id":"__proto__","ptp":{${poison}}}}`,
      );
      insider.say(`{"msg_type":"__proto__","msg_data":{${poison}}}`);
    }
    insider.say(`{"msg_type":"CHANNEL","msg_data":{"channel_id":"${LOBBY}","members":[{${poison},"address":"203.0.113.9:4000"}]}}`);
    insider.world.run(1_000);
    for (const name of ["polluted", "msg_type", "channel_id"]) expect(({} as Record<string, unknown>)[name]).toBeUndefined();
    expect(([] as unknown as Record<string, unknown>).polluted).toBeUndefined();
    insider.expectAlive();
  });

  test("everything that a stranger could send in the clear, said inside: nothing throws, and the others talk on", () => {
    const insider = new Insider();
    const chance = new Chance(8);
    for (let n = 0; n < 3_000; n++) {
      const { bytes } = hostile(chance);
      if (bytes.length > 0 && bytes.length <= SESSION_MESSAGE_MAX) insider.say(bytes, n % 3 === 0 ? 1 : 0);
      if (n % 20 === 0) insider.world.run(10);
    }
    insider.world.run(5_000);
    expect(TARGET_CHANNEL).toBe(LOBBY);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    insider.expectAlive();
  });

  test("10,000 texts for channels that A is not in: as many short answers as texts, and nothing is kept", () => {
    const insider = new Insider();
    const saves = insider.a.saves.length;
    for (let n = 0; n < 10_000; n++) {
      insider.say(text("x", { channel_id: `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}` }), 1);
      if (n % 100 === 0) insider.world.run(10);
    }
    expect(insider.a.dropped("not-joined")).toBe(10_000);
    expect(insider.a.saves.length).toBe(saves);
    expect(insider.a.node?.channels(insider.world.now)).toHaveLength(1);
    insider.expectAlive();
  });

  test("JOINs for 10,000 channels: the tables keep their bounds", () => {
    const insider = new Insider();
    for (let n = 0; n < 10_000; n++) {
      insider.say(join({ channel_id: `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}` }));
      if (n % 100 === 0) insider.world.run(10);
    }
    expect(insider.a.dropped("channels-full")).toBeGreaterThan(5_000);
    insider.expectAlive();
  });

  test("a RELAY in a RELAY, and a frame of its own session in one: no deeper than one", () => {
    const insider = new Insider();
    let inner: object = say("MESSAGE", { channel_id: LOBBY, message: "deep" });
    for (let n = 0; n < 3; n++) {
      inner = say("RELAY", { dst: A, src: B, message: inner });
      insider.loose(inner);
    }
    const own = insider.keys.frame(payloadOf((into, at) => writeMessage(into, at, 0, 77, encoder.encode(JSON.stringify(text("inside"))))));
    insider.loose(say("RELAY", { dst: A, src: B, d: Buffer.from(own).toString("base64") }));
    insider.world.run(500);
    expect(insider.a.dropped("nested-relay")).toBeGreaterThan(0);
    expect(insider.a.posts()).not.toContain("deep");
    insider.expectAlive();
  });
});

describe("fragments", () => {
  test.each<[string, (insider: Insider) => void]>([
    [
      "of messages that are never whole, on all streams",
      (insider) => {
        for (let seq = 1; seq < 4_096; seq++)
          for (const stream of [0, 1, 2])
            insider.frame((into, at) => writeFragment(into, at, stream, seq, 0, 2_048, new Uint8Array(500).fill(1)));
      },
    ],
    [
      "of one byte each",
      (insider) => {
        for (let seq = 1; seq < 4_096; seq++)
          insider.frame((into, at) => writeFragment(into, at, 1, seq, seq % 2_048, 2_048, Uint8Array.of(1)));
      },
    ],
    [
      "far ahead of their turn",
      (insider) => {
        for (const seq of [4_096, 65_535, 2 ** 31, 2 ** 32 - 1])
          insider.frame((into, at) => writeFragment(into, at, 1, seq, 0, 2, new Uint8Array(1_000)));
      },
    ],
    [
      "that overlap, change their number and their length",
      (insider) => {
        const chance = new Chance(6);
        for (let n = 0; n < 5_000; n++) {
          const of = 1 + chance.below(2_048);
          insider.frame((into, at) =>
            writeFragment(into, at, chance.below(3), 1 + chance.below(30), chance.below(of), of, new Uint8Array(1 + chance.below(1_000))),
          );
        }
      },
    ],
    [
      "whose index is beyond their number",
      (insider) => {
        for (let n = 0; n < 100; n++) insider.frame((into, at) => writeFragment(into, at, 1, 1, 5, 5, new Uint8Array(9)));
      },
    ],
  ])("%s: memory stays within its bound, and the others talk on", (_name, attack) => {
    const insider = new Insider();
    const before = memory(insider.world);
    attack(insider);
    insider.world.run(1_000);
    expect(memory(insider.world) - before).toBeLessThan(GROWTH_MAX);
    insider.expectAlive();
  });

  test("of fifty sessions at once", () => {
    const met = talking();
    const insiders = Array.from({ length: 50 }, (_, n) => {
      met.world.run(250);
      return new Insider(`192.0.2.${100 + n}:6666` as Endpoint, met, 100 + n);
    });
    const before = memory(met.world);
    for (const insider of insiders)
      for (let seq = 1; seq <= 8; seq++) insider.frame((into, at) => writeFragment(into, at, 1, seq, 0, 1_000, new Uint8Array(1_040)));
    expect(memory(met.world) - before).toBeLessThanOrEqual(50 * 4.5 * 2 ** 20);
    insiders[0]?.expectAlive();
  });
});

/** Bytes of the heap and of buffers beside it, after a collection; what the fake wire remembers is left out. */
function memory(world: World): number {
  world.sent.length = 0;
  for (const host of world.hosts) host.inbox.length = 0;
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let n = 0; n < 3; n++) collect(); // buffers are given back while the next one runs
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test("a full node that joins is told who is there, and the insider's garbage reaches nobody else", () => {
  const insider = new Insider();
  const c = full(insider.world, "203.0.113.3:7667", 3, { peers: [A] });
  c.command(joins());
  insider.say(
    say("CHANNEL", { channel_id: LOBBY, members: Array.from({ length: 64 }, (_, n) => ({ address: `203.0.113.${n + 100}:4000` })) }),
  );
  insider.world.run(3_000);
  const strangers = insider.world.sent.filter(({ to }) => to.endsWith(":4000"));
  expect(strangers).toEqual([]);
  insider.expectAlive();
});
