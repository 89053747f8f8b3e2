import { describe, expect, test } from "vitest";
import type { Diagnosis } from "../../../src/app/api.ts";
import { shortened } from "../../../src/faces/shared/doctor-words.ts";
import { BOB, DIAGNOSIS, FakeNode } from "../fake-node.ts";
import { run } from "./captured.ts";

describe("doctor", () => {
  test("says in sentences what is wrong and what to do, then the facts, then how peers are reached", async () => {
    const { code, out, err } = await run(["doctor"]);
    expect(code).toBe(0);
    expect(err).toContain("some seconds");
    expect(out).toMatch(/^\* No address is known for chat\.example\.org:7667: /);
    expect(out).toContain("* This machine's clock is 2 min behind those of the others: set it.");
    expect(out).toContain("Forward UDP port 7667 to this machine");
    expect(out).toMatch(/^NAT +mapping address-and-port-dependent, filtering address-dependent, the port is changed$/m);
    expect(out).toMatch(/^same network +3 heard of, on eth0 by multicast and mdns$/m);
    expect(out).toMatch(/^bob~0BRW: full, live, configured, 31 ms$/m);
    expect(out).toMatch(/^ {2}way {4}direct 203\.0\.113\.10:7667: in use, heard 900 ms ago$/m);
    expect(out).toMatch(/^ {2}tried {2}punch 198\.51\.100\.7:4000 over 203\.0\.113\.10:7667, 5 s ago, 5 s: far-silent: /m);
    expect(out).toMatch(/^ {2}handshake 198\.51\.100\.9:7667, 9 s ago, 30 s: no-answer: /m);
  });

  test("asks about one peer", async () => {
    const { node } = await run(["doctor", "bob~0BRW"]);
    expect(node.calls).toEqual([{ method: "doctor", request: { peer: "bob~0BRW" } }]);
  });

  test("as JSON is one object with stable names", async () => {
    const { out } = await run(["doctor", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      findings: [{ code: "unresolved-names" }, { code: "clock-wrong", text: expect.any(String) }, { code: "nat-hard" }],
      nat: { mapping: "address-and-port-dependent", filtering: "address-dependent", keeps_port: false, reason: null },
      peers: [{ id: BOB, rtt_ms: 31, ways: [{ in_use: true, heard_ms_ago: 900 }], trials: [{ outcome: "far-silent", took_ms: 5_012 }] }],
      vain: [{ kind: "handshake", outcome: "no-answer", ended_ms_ago: 9_000 }],
      clock: { sessions: 1, behind_ms: 120_000 },
    });
  });

  test("as a report to paste names nobody and no place", async () => {
    const { out } = await run(["doctor", "--report"]);
    for (const secret of [BOB, "bob", "chat.example.org", "203.0.113", "198.51.100", "192.168.1.", "1:2::10"])
      expect(out).not.toContain(secret);
    expect(out).toMatch(/^findings: unresolved-names, clock-wrong, nat-hard$/m);
    expect(out).toMatch(/^peer 1: full, live, configured, 31 ms$/m);
    expect(out).toContain("203.0.x.x:1042");
    expect(out).toContain("2001:db8::x");
  });
});

type Lifetime = NonNullable<Diagnosis["lifetime"]>;

/** A node that found this out, and says one step on the way. */
function found(lifetime: Lifetime): FakeNode {
  const node: FakeNode = new FakeNode({
    doctor: async ({ ref = 0 }) => {
      node.emit({ type: "lifetime", ref, step: { step: "silent", sockets: 8, mostS: 125 } });
      node.emit({ type: "lifetime", ref: ref + 1, step: { step: "tried", silentS: 15, through: true } });
      node.emit({ type: "lifetime", ref, step: { step: "tried", silentS: 4, through: true } });
      return { ...DIAGNOSIS, lifetime };
    },
  });
  return node;
}

describe("doctor --lifetime", () => {
  test("says what goes on while it takes, of its own question only, and then what was found", async () => {
    const { node, out, err } = await run(["doctor", "--lifetime"], { node: found({ atLeastS: 25, belowS: 40, reason: null }) });
    expect(node.calls).toEqual([{ method: "doctor", request: { lifetime: true, ref: expect.any(Number) } }]);
    expect(err).toContain("8 sockets are silent now; that is known in 125 s at the latest");
    expect(err).toContain("after 4 s of silence a mapping is still there");
    expect(err).not.toContain("15 s");
    expect(out).toMatch(/^mapping lifetime +between 25 and 40 s$/m);
  });

  test.each<[Lifetime, string]>([
    [{ atLeastS: 125, belowS: null, reason: null }, "at least 125 s"],
    [{ atLeastS: null, belowS: 4, reason: null }, "below 4 s"],
    [{ atLeastS: 8, belowS: null, reason: "no-answer" }, "at least 8 s (no-answer)"],
    [{ atLeastS: null, belowS: null, reason: "no-nat" }, "unknown (no-nat)"],
  ])("%j is %s", async (lifetime, words) => {
    const { out } = await run(["doctor", "--lifetime", "--report"], { node: found(lifetime) });
    expect(out.split("\n")).toContain(`mapping lifetime: ${words}`);
  });

  test("as JSON is one object as ever, with the bounds in seconds; without the question null", async () => {
    const { out, err } = await run(["doctor", "--lifetime", "--json"], { node: found({ atLeastS: 25, belowS: 40, reason: null }) });
    expect(JSON.parse(out)).toMatchObject({ nat: { lifetime: { at_least_s: 25, below_s: 40, reason: null } } });
    expect(err).toBe("");
    expect(JSON.parse((await run(["doctor", "--json"])).out)).toMatchObject({ nat: { lifetime: null } });
  });
});

test.each<[Partial<Diagnosis>, string]>([
  [{ families: "ipv4", ipv6: false }, "the node does not listen on it"],
  [{ ipv6: false }, "no public address"],
  [{ ipv6: true }, "a public address, no neighbour over IPv6 says where it sees it"],
  [{ ipv6: true, ipv6Seen: ["[2001:db8:1:2::10]:7667" as never] }, "a public address, seen from outside at [2001:db8:1:2::10]:7667"],
  [{ ipv6: false, ipv6Seen: ["[2001:db8:9::1]:7667" as never] }, "no public address, seen from outside at [2001:db8:9::1]:7667"],
])("IPv6: %j is %s", async (change, words) => {
  const { out } = await run(["doctor"], { node: new FakeNode({ doctor: async () => ({ ...DIAGNOSIS, ...change }) }) });
  expect(out).toMatch(new RegExp(`^IPv6 +${words.replaceAll("[", "\\[")}$`, "m"));
});

test.each([
  ["203.0.113.5:7667", "203.0.x.x:7667"],
  ["[2001:db8:1:2::10]:7667", "[2001:db8::x]:7667"],
  ["[fe80::1%eth0]:7667", "[fe80::x]:7667"],
  ["udp [::]:7667, 0.0.0.0:7667", "udp [::]:7667, 0.0.x.x:7667"],
  ["0.1.0, 31 ms: ok", "0.1.0, 31 ms: ok"],
  ["ptpchat 0.1.0, linux x64, Node.js 24.21.0", "ptpchat 0.1.0, linux x64, Node.js 24.21.0"],
])("%s is shortened to %s", (text, short) => {
  expect(shortened(text)).toBe(short);
});
