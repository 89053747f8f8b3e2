/**
 * Row 16: somebody copies or moves frames and sends them from elsewhere, to draw the session there. Data goes only where a
 * challenge was answered; what is copied earns a challenge, and the true path is used on.
 */
import { describe, expect, test } from "vitest";
import { type Endpoint, isFrame } from "../../../../src/wire/index.ts";
import { posts, relay } from "../../said.ts";
import type { Host, World } from "../../world.ts";
import { A, B, full, idOf, type Pair } from "../full.ts";
import { ATTACKER, inTheMiddle, scales, sessionsOf, spoof, talking, VICTIM } from "./attack.ts";

const CHALLENGE_FRAME_BYTES = 40;

/** Where B sends what it says to A. */
function dataPathOf({ world, a, b }: Pair): Endpoint | undefined {
  return b.node?.peers(world.now).find((peer) => peer.id === idOf(a))?.endpoint;
}

/** Everything that A sends reaches B first from `from`, and, unless `only`, from A a moment later. */
function race(world: World, from: () => Endpoint, only = false): () => void {
  const carry = world.carry.bind(world);
  world.carry = (source, to, bytes) => {
    if (source === A && to === B && isFrame(bytes)) {
      carry(from(), to, bytes);
      if (!only) world.later(1, () => carry(source, to, bytes));
    } else carry(source, to, bytes);
  };
  return () => {
    world.carry = carry;
  };
}

function chat({ world, a, b }: Pair, seconds: number, from = 1): void {
  for (let n = from; n < from + seconds; n++) {
    a.command(posts(n, `a ${n}`));
    b.command(posts(1_000 + n, `b ${n}`));
    world.run(1_000);
    expect([b.posts().length, a.posts().length]).toEqual([n, n]);
  }
}

describe("frames that arrive first from another address", () => {
  test.each([
    ["the attacker's", ATTACKER],
    ["a victim's", VICTIM],
    ["another port of the true one", "203.0.113.1:9999" as Endpoint],
    ["one of version 6", "[2001:db8::66]:6666" as Endpoint],
    ["B's own", B],
  ])("%s: data never goes there, and every text arrives at once", (_name, elsewhere) => {
    const met = talking();
    const end = race(met.world, () => elsewhere);
    chat(met, 30);
    expect(dataPathOf(met)).toBe(A);
    expect(met.b.saw("path")).toEqual([]);
    const there = met.world.sent.filter(({ from, to }) => from === B && to === elsewhere && to !== B);
    expect(there.every(({ bytes }) => bytes.length === CHALLENGE_FRAME_BYTES)).toBe(true);
    const { into, out } = scales(met.world, elsewhere);
    if (elsewhere !== B && !elsewhere.startsWith("203.0.113.1:")) expect(out).toBeLessThanOrEqual(into);
    end();
    chat(met, 5, 31);
  });

  test("a new one each time: candidates are few, and the true path stays", () => {
    const met = talking();
    let n = 0;
    race(met.world, () => `192.0.3.${n++ % 250}:${5_000 + n}` as Endpoint);
    chat(met, 60);
    expect(dataPathOf(met)).toBe(A);
    expect(met.b.saw("path")).toEqual([]);
    const bytes = met.world.sent.filter(({ to }) => to.startsWith("192.0.3.")).reduce((sum, each) => sum + each.bytes.length, 0);
    const into = met.world.sent.filter(({ from }) => from.startsWith("192.0.3.")).reduce((sum, each) => sum + each.bytes.length, 0);
    expect(bytes).toBeLessThanOrEqual(into);
  });

  test("the true ones never come: B hears A's words from there, answers nothing but challenges, and A is not taken for lost for ever", () => {
    const met = talking();
    const { world, a, b } = met;
    const end = race(world, () => VICTIM, true);
    for (let n = 1; n <= 5; n++) {
      b.command(posts(n, `b ${n}`));
      world.run(1_000);
    }
    const there = world.sent.filter(({ from, to }) => from === B && to === VICTIM);
    expect(there.every(({ bytes }) => bytes.length === CHALLENGE_FRAME_BYTES)).toBe(true);
    end();
    world.run(5_000);
    b.command(posts(6, "b 6"));
    world.run(3_000);
    expect(a.posts().at(-1)).toBe("b 6");
    expect(sessionsOf(b)).toEqual([idOf(a)]);
    expect(dataPathOf(met)).toBe(A);
  });

  test("and whose challenge is answered by one that is passed on: the attacker is a wire then, and the true path is better", () => {
    // The attacker carries everything both ways between B and A, as a NAT would; then A is heard directly again.
    const met = talking();
    const { world } = met;
    const middle = world.bare(ATTACKER);
    const end = race(world, () => ATTACKER, true);
    const receive = middle.receive.bind(middle);
    middle.receive = (sent) => {
      receive(sent);
      spoof(world, B, A, sent.bytes);
    };
    chat(met, 20);
    end();
    chat(met, 20, 21);
    expect(dataPathOf(met)).toBe(A);
  });
});

describe("frames that are held back", () => {
  test("and come late from elsewhere say nothing of where the other is now", () => {
    const met = talking();
    const { world, a } = met;
    const held: Uint8Array[] = [];
    const end = inTheMiddle(world, (bytes, from) => {
      if (from !== A || !isFrame(bytes) || held.length >= 5) return [bytes];
      held.push(bytes);
      return [];
    });
    a.command(posts(1, "held back"));
    world.run(3_000);
    end();
    const since = world.sent.length;
    for (const bytes of held) spoof(world, VICTIM, B, bytes);
    world.run(3_000);
    expect(world.sent.slice(since).filter(({ to }) => to === VICTIM)).toEqual([]);
    expect(dataPathOf(met)).toBe(A);
  });
});

describe("a relay", () => {
  /** R relays between A and B, who hear each other directly too. */
  function withRelay(): Pair & { r: Host } {
    const met = talking();
    const r = full(met.world, "203.0.113.60:4000", 60, { peers: [A, B] });
    met.world.run(2_000);
    return { ...met, r };
  }

  test("that copies A's frames does not become their way", () => {
    const met = withRelay();
    const { world } = met;
    const carry = world.carry.bind(world);
    world.carry = (from, to, bytes) => {
      if (from === A && to === B && isFrame(bytes)) spoof(world, "203.0.113.60:4000" as Endpoint, B, relay(B, { msg_type: "HELLO" }, A));
      carry(from, to, bytes);
    };
    chat(met, 20);
    expect(dataPathOf(met)).toBe(A);
  });
});
