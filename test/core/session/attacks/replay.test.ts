/**
 * Rows 9 to 12: everything that was ever sent is sent again, at once and later, in its order and in any other, from where
 * it came and from elsewhere; and counters are forged. Each frame counts once, no handshake makes a second session, and
 * what is said next still arrives.
 */
import { describe, expect, test } from "vitest";
import { COUNTER_MAX, type Endpoint, encode, isFrame, readFrameHead, writeMessage } from "../../../../src/wire/index.ts";
import { Chance } from "../../../hostile/chance.ts";
import { joins, LOBBY, posts, text } from "../../said.ts";
import { type Host, type Sent, verbOf, World } from "../../world.ts";
import { A, B, full, idOf, type Pair } from "../full.ts";
import { ATTACKER, intrude, lonely, scales, sessionsOf, spoof, talking } from "./attack.ts";
import { type ForgedSession, firstIn, laterIn, payloadOf, sealFrame } from "./forger.ts";

const ELSEWHERE = "192.0.2.77:7777" as Endpoint;

/** A and B, who have talked for a while; all that went over the wire is in `world.sent`. */
function recorded(): Pair & { tape: Sent[] } {
  const met = talking();
  for (let n = 1; n <= 20; n++) {
    met.a.command(posts(n, `a ${n}`));
    met.b.command(posts(100 + n, `b ${n}`));
    met.world.run(100);
  }
  return { ...met, tape: [...met.world.sent] };
}

const ORDERS: Record<string, (tape: readonly Sent[]) => Sent[]> = {
  "in their order": (tape) => [...tape],
  backwards: (tape) => [...tape].reverse(),
  "in any order": (tape) => {
    const chance = new Chance(4);
    return tape
      .map((sent) => ({ sent, key: chance.next() }))
      .sort((x, y) => x.key - y.key)
      .map(({ sent }) => sent);
  },
  "each three times": (tape) => tape.flatMap((sent) => [sent, sent, sent]),
};

/** Events that nothing that is sent again may bring about. */
const NEWS = new Set([
  "session-up",
  "session-down",
  "session-refused",
  "path",
  "post",
  "member-joined",
  "member-left",
  "certificate",
  "key",
]);

/** What must be as if nothing had been sent again. */
function expectUntouched({ world, a, b }: Pair, since: { events: number[] }): void {
  for (const [at, host] of [a, b].entries()) {
    const news = host.events.slice(since.events[at]).filter((event) => NEWS.has(event.type));
    expect(news).toEqual([]);
  }
  expect([sessionsOf(a), sessionsOf(b)]).toEqual([[idOf(b)], [idOf(a)]]);
  a.command(posts(900, "after all"));
  b.command(posts(901, "after all"));
  world.run(500);
  expect([a.posts().at(-1), b.posts().at(-1)]).toEqual(["after all", "after all"]);
}

function eventsOf({ a, b }: Pair): { events: number[] } {
  return { events: [a.events.length, b.events.length] };
}

describe.each([0, 3_000, 29_000, 31_000, 100_000])("%i ms later", (afterMs) => {
  test.each(Object.entries(ORDERS))("all datagrams of a session again, %s: each frame counts once", (_name, order) => {
    const met = recorded();
    met.world.run(afterMs);
    const before = eventsOf(met);
    const drops = [met.a, met.b].map((host) => host.dropped("replay") + host.dropped("no-session"));
    const again = order(met.tape);
    for (const { from, to, bytes } of again) {
      spoof(met.world, from, to, bytes);
      met.world.run(2);
    }
    met.world.run(100);
    for (const [at, host] of [met.a, met.b].entries()) {
      const copies = again.filter(({ to, bytes }) => to === host.endpoint && isFrame(bytes)).length;
      expect(host.dropped("replay") + host.dropped("no-session") - (drops[at] ?? 0)).toBe(copies);
      expect(host.posts()).toHaveLength(20);
    }
    expectUntouched(met, before);
  });

  test("all of them again from another address: what a stranger gets, within its bytes, and no frame", () => {
    const met = recorded();
    met.world.run(afterMs);
    const before = eventsOf(met);
    const since = met.world.sent.length;
    for (const { to, bytes } of met.tape) spoof(met.world, ELSEWHERE, to, bytes);
    met.world.run(1_000);
    const got = met.world.sent.slice(since).filter(({ to }) => to === ELSEWHERE);
    const { into, out } = scales(met.world, ELSEWHERE, since);
    expect(out).toBeLessThanOrEqual(into);
    expect(got.filter(({ bytes }) => isFrame(bytes) || !["HELLO", "ROUTING", "CERTIFICATE"].includes(verbOf(bytes) ?? ""))).toEqual([]);
    expectUntouched(met, before);
  });

  test("each message of the handshake again, with another one's index", () => {
    const met = recorded();
    met.world.run(afterMs);
    const before = eventsOf(met);
    const laters = met.tape.flatMap(({ from, to, bytes }) => {
      const later = laterIn(bytes);
      return later === null ? [] : [{ from, to, later }];
    });
    const indices = [
      ...new Set([...laters.map(({ later }) => later.to ?? 0), ...met.tape.flatMap(({ bytes }) => firstIn(bytes)?.i ?? [])]),
    ];
    for (const { later } of laters)
      for (const to of indices)
        for (const [from, at] of [
          [A, B],
          [B, A],
        ] as const)
          spoof(met.world, from, at, encode("CERTIFICATE", { ptp: { ...later, to } }));
    met.world.run(500);
    expectUntouched(met, before);
  });
});

describe("after the session has ended", () => {
  test.each(["closed", "silent"])("(%s) nothing of it brings it back", (how) => {
    const met = recorded();
    const { world, a, b, tape } = met;
    if (how === "closed") b.command({ kind: "shutdown" });
    world.run(10);
    world.crash(b);
    world.run(how === "closed" ? 1_000 : 200_000);
    expect(sessionsOf(a)).toEqual([]);
    const events = a.events.filter((event) => event.type === "session-up").length;
    for (const { from, to, bytes } of [...tape, ...[...tape].reverse()]) if (to === A) spoof(world, from, to, bytes);
    world.run(2_000);
    expect(a.saw("session-up")).toHaveLength(events);
    expect(a.posts()).toHaveLength(20);
  });
});

describe("a third message that was held back", () => {
  /** B has configured A and A has configured B; A's third message does not get through until `release`. */
  function heldBack() {
    const world = new World();
    const held: Sent[] = [];
    let holding = true;
    const asked = () => world.sent.flatMap(({ from, bytes }) => (from === B ? [firstIn(bytes)?.i] : []));
    world.loses = (sent) => {
      const later = sent.from === A ? laterIn(sent.bytes) : null;
      const isThird = holding && later?.n !== undefined && !asked().includes(later.to);
      if (isThird) held.push(sent);
      return isThird;
    };
    const b = full(world, B, 2);
    const a = full(world, A, 1);
    for (const host of [a, b]) host.command(joins());
    a.command({ kind: "connect", ref: 1, to: B, via: null });
    world.run(500);
    expect(held.length).toBeGreaterThan(0);
    return {
      world,
      a,
      b,
      held,
      pass: () => {
        holding = false;
      },
    };
  }

  test("of a handshake that a newer one has overtaken does not bring its keys back", () => {
    const { world, a, b, held, pass } = heldBack();
    const [old] = held;
    b.command(joins([A])); // B begins its own, whose third message is B's
    world.run(3_000);
    expect(sessionsOf(b)).toEqual([idOf(a)]);
    pass();
    if (old !== undefined) spoof(world, A, B, old.bytes);
    for (let n = 1; n <= 45; n++) {
      b.command(posts(n, `text ${n}`)); // for longer than old keys are kept
      world.run(1_000);
      expect(a.posts()).toHaveLength(n);
    }
  });

  test("of a node that was started anew meanwhile does not replace its session", () => {
    const { world, a, b, held, pass } = heldBack();
    const [old] = held;
    pass();
    world.crash(a);
    const again = full(world, A, 1, { peers: [B] });
    again.command(joins());
    world.run(2_000);
    expect(sessionsOf(again)).toEqual([idOf(b)]);
    const ups = b.saw("session-up").length;
    if (old !== undefined) spoof(world, A, B, old.bytes);
    world.run(2_000);
    expect(b.saw("session-up")).toHaveLength(ups);
    b.command(posts(1, "to the one that lives"));
    world.run(1_000);
    expect(again.posts()).toEqual(["to the one that lives"]);
  });
});

describe("a late answer", () => {
  test("to a question from before its node was started anew does not replace the session with that", () => {
    const world = new World();
    const held: Sent[] = [];
    world.loses = (sent) => {
      const isSecond = sent.from === B && laterIn(sent.bytes)?.n !== undefined;
      if (isSecond) held.push(sent);
      return isSecond;
    };
    const b = full(world, B, 2);
    const a = full(world, A, 1);
    for (const host of [a, b]) host.command(joins());
    a.command({ kind: "connect", ref: 1, to: B, via: null });
    world.run(500);
    world.crash(b);
    const again = full(world, ELSEWHERE, 2, { peers: [A] });
    again.command(joins());
    world.run(1_000);
    expect(sessionsOf(again)).toEqual([idOf(a)]);
    const ups = a.saw("session-up").length;
    world.loses = () => false;
    for (const { bytes } of held.slice(0, 1)) spoof(world, B, A, bytes);
    world.run(1_000);
    expect(a.saw("session-up")).toHaveLength(ups);
    expect(a.dropped("handshake-stray")).toBe(1);
    a.command(posts(1, "to the one that lives"));
    world.run(1_000);
    expect(again.posts()).toEqual(["to the one that lives"]);
  });
});

describe("the window of counters", () => {
  function session(): { world: World; node: Host; attacker: Host; keys: ForgedSession } {
    const { world, node } = lonely();
    const attacker = world.bare(ATTACKER);
    return { world, node, attacker, keys: intrude(world, attacker, node) };
  }

  /** True when the node takes a frame with this counter. */
  function takes({ world, node, attacker, keys }: ReturnType<typeof session>, counter: number): boolean {
    const drops = node.drops.length;
    attacker.send(node.endpoint, keys.frame(payloadOf(), counter));
    world.run(10);
    return node.drops.length === drops;
  }

  test("takes 2,047 below the highest, once, and not 2,048", () => {
    const scene = session();
    expect(takes(scene, 10_000)).toBe(true);
    expect(takes(scene, 10_000 - 2_047)).toBe(true);
    expect(takes(scene, 10_000 - 2_047)).toBe(false);
    expect(takes(scene, 10_000 - 2_048)).toBe(false);
    expect(takes(scene, 10_001)).toBe(true);
    expect(takes(scene, 10_001 - 2_047)).toBe(true);
    expect(takes(scene, 10_000)).toBe(false);
  });

  test("is not moved by counters whose tag is wrong", () => {
    const scene = session();
    expect(takes(scene, 0)).toBe(true);
    const key = new Uint8Array(32).fill(1);
    for (const counter of [2 ** 47, COUNTER_MAX - 1, 2 ** 32, 2_048, 1]) {
      scene.attacker.send(scene.node.endpoint, sealFrame(key, scene.keys.remoteIndex, counter, payloadOf()));
      scene.world.run(10);
    }
    expect(scene.node.dropped("bad-frame")).toBe(5);
    expect(takes(scene, 1)).toBe(true);
  });

  test("ends at 2^48: the last counter below is taken, none beyond", () => {
    const scene = session();
    expect(takes(scene, COUNTER_MAX - 1)).toBe(true);
    expect(takes(scene, COUNTER_MAX)).toBe(false);
    expect(takes(scene, COUNTER_MAX + 1)).toBe(false);
    expect(takes(scene, 2 ** 52)).toBe(false);
    expect(takes(scene, COUNTER_MAX - 2)).toBe(true);
  });

  test("a malformed frame uses its counter up and does nothing else", () => {
    const scene = session();
    const { world, node, attacker, keys } = scene;
    const broken = keys.frame(Uint8Array.of(1, 0xff, 0xff, 0), 5);
    for (let n = 0; n < 3; n++) attacker.send(node.endpoint, broken);
    world.run(10);
    expect([node.dropped("record-cut"), node.dropped("replay")]).toEqual([1, 2]);
  });
});

describe("a key and a counter", () => {
  test("never meet twice, over renewals, restarts and crashes", () => {
    const world = new World();
    const seen = new Map<string, string>();
    let b = full(world, B, 2);
    let a = full(world, A, 1, { peers: [B] });
    for (let round = 0; round < 30; round++) {
      for (const host of [a, b]) host.command(joins());
      for (let n = 0; n < 10; n++) {
        a.command(posts(round * 100 + n + 1, `text ${n}`));
        world.run(round % 5 === 0 ? 15_000 : 100);
      }
      if (round % 3 === 0) {
        world.crash(a);
        a = full(world, A, 1, { peers: [B] });
      } else if (round % 3 === 1) {
        world.crash(b);
        b = full(world, B, 2);
      }
      world.run(2_000);
    }
    let frames = 0;
    for (const { to, bytes } of world.sent) {
      const head = isFrame(bytes) ? readFrameHead(bytes) : null;
      if (head === null) continue;
      frames++;
      const name = `${to} ${head.index} ${head.counter}`; // an index stands for one key in each direction
      const hex = Buffer.from(bytes).toString("hex");
      expect(seen.get(name) ?? hex).toBe(hex);
      seen.set(name, hex);
    }
    expect(frames).toBeGreaterThan(500);
  });
});

test("a text that was said inside a session and is said again in another frame is shown once", () => {
  const { world, node } = lonely();
  const attacker = world.bare(ATTACKER);
  const keys = intrude(world, attacker, node);
  const message = new TextEncoder().encode(JSON.stringify(text("twice", { channel_id: LOBBY, msg_id: "7".repeat(32) })));
  for (let seq = 0; seq < 3; seq++) {
    attacker.send(node.endpoint, keys.frame(payloadOf((into, at) => writeMessage(into, at, 1, seq, message))));
    world.run(50);
  }
  expect(node.posts()).toEqual(["twice"]);
});
