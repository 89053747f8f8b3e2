/** Row 38: a survey as a reflector or a scanner. A helper sends to nobody but who asks, and little. PROTOCOL.md §15. */
import { describe, expect, test } from "vitest";
import { SURVEY_ANSWERS_MAX, SURVEY_HELP_MS } from "../../../../src/core/limits.ts";
import { type Endpoint, encode, writeMessage } from "../../../../src/wire/index.ts";
import { say } from "../../said.ts";
import type { Host, World } from "../../world.ts";
import { A } from "../full.ts";
import { ATTACKER, intrude, lonely, scales, spoof, VICTIM } from "./attack.ts";
import { type ForgedSession, payloadOf } from "./forger.ts";

const TOKEN = "00112233445566aa";
const CONTROL = 0;
const OWN_PORT = "192.0.2.66:5555" as Endpoint;

/** An attacker that holds a session as any node may, and says in it what it likes. */
function attacker(): { world: World; node: Host; host: Host; ask: (ptp: object) => void } {
  const { world, node } = lonely();
  const host = world.bare(ATTACKER);
  const keys: ForgedSession = intrude(world, host, node);
  let seq = 0;
  const ask = (ptp: object) => {
    const message = encode("HELLO", { ptp }).slice();
    host.send(A, keys.frame(payloadOf((into, at) => writeMessage(into, at, CONTROL, seq++, message))));
    world.run(20);
  };
  return { world, node, host, ask };
}

describe("a neighbour that has a node help with its survey", () => {
  test("is told where it is seen, and sent a HELLO of 60 bytes at its own address", () => {
    const { world, host, ask } = attacker();
    const own = world.bare(OWN_PORT);
    ask({ survey: TOKEN });
    ask({ survey: TOKEN, to: OWN_PORT });
    expect(own.inbox.map(({ text }) => text)).toEqual([JSON.stringify(say("HELLO", { ptp: { survey: TOKEN } }))]);
    expect(host.ip).toBe("192.0.2.66");
  });

  test.each([VICTIM, "203.0.113.99:7667", "127.0.0.1:7667", "192.0.2.66:53", "[2001:db8::1]:7667"])("cannot have it sent to %s", (to) => {
    const { world, node, ask } = attacker();
    const victim = world.bare(VICTIM);
    ask({ survey: TOKEN });
    const since = world.sent.length;
    for (let n = 0; n < 10; n++) for (const fresh of [true, false]) ask({ survey: TOKEN, to, fresh });
    expect(victim.inbox).toEqual([]);
    expect(world.sent.slice(since).filter((sent) => sent.to === to)).toEqual([]);
    expect(node.dropped("survey-scope")).toBe(20);
    expect(node.sockets.size).toBe(1);
  });

  test("may name a token again when it is forgotten, and gets no more for it, nor sends it elsewhere", () => {
    const { world, node, ask } = attacker();
    const own = world.bare(OWN_PORT);
    const victim = world.bare(VICTIM);
    ask({ survey: TOKEN });
    for (const waitMs of [SURVEY_HELP_MS, 60_000]) {
      world.run(waitMs + 1_000);
      const before = own.inbox.length;
      ask({ survey: TOKEN, to: VICTIM });
      ask({ survey: TOKEN, to: OWN_PORT });
      expect(own.inbox).toHaveLength(before + 1);
      for (let n = 0; n < 100; n++) ask({ survey: TOKEN, to: OWN_PORT });
      expect(own.inbox.length - before).toBeLessThanOrEqual(SURVEY_ANSWERS_MAX);
    }
    expect(victim.inbox).toEqual([]);
    expect(node.dropped("survey-scope")).toBe(2);
  });

  test("is served so often for one token, and for so many", () => {
    const { world, node, ask } = attacker();
    const own = world.bare(OWN_PORT);
    for (let n = 0; n < 100; n++) ask({ survey: TOKEN, to: OWN_PORT, fresh: n % 2 === 0 });
    expect(own.inbox.length).toBeLessThanOrEqual(SURVEY_ANSWERS_MAX);
    for (let n = 0; n < 100; n++) ask({ survey: `00112233445566${n.toString(16).padStart(2, "0")}`, to: OWN_PORT, fresh: true });
    expect(node.sockets.size).toBeLessThanOrEqual(5);
    expect(node.dropped("survey-rate")).toBeGreaterThan(100);
    world.run(SURVEY_HELP_MS + 1_000);
    expect(node.sockets.size).toBe(1);
  });
});

test("whoever knows no token gets nothing for it", () => {
  const { world, node } = lonely();
  spoof(world, VICTIM, A, say("HELLO", { ptp: { survey: TOKEN } }));
  spoof(world, VICTIM, A, say("HELLO", { ptp: { survey: TOKEN, to: VICTIM, fresh: true } }));
  world.run(5_000);
  expect(scales(world, VICTIM).out).toBe(0);
  expect(node.dropped("survey-not-asked")).toBe(2);
  expect(node.node?.peers(world.now)).toEqual([]);
});

test("who sends a neighbour's token from elsewhere gets no answer there", () => {
  const { world, ask } = attacker();
  ask({ survey: TOKEN });
  spoof(world, VICTIM, A, say("HELLO", { ptp: { survey: TOKEN } }));
  world.run(1_000);
  expect(scales(world, VICTIM).out).toBe(0);
});
