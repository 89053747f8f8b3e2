import { describe, expect, test } from "vitest";
import { Warnings } from "../../src/app/warnings.ts";
import type { NodeEvent, SessionRefusal } from "../../src/core/index.ts";

const AT = "203.0.113.5:7667";
const refused = (reason: SessionRefusal = "not-certified", endpoint = AT): NodeEvent => ({
  type: "session-refused",
  endpoint: endpoint as never,
  reason,
});
const skew = (peer: string, aheadMs: number): NodeEvent => ({ type: "clock-skew", peer, aheadMs });
const up = (peer: string): NodeEvent => ({ type: "session-up", peer, endpoint: AT as never, nick: "", path: "direct" });
const nameOf = (nodeId: string) => `~${nodeId}`;

describe("a refusal", () => {
  test("is counted while it happens again, and gone a quarter of an hour after the last time", () => {
    const warnings = new Warnings();
    warnings.take(refused(), 0);
    warnings.take(refused(), 600_000);
    expect(warnings.list(700_000, nameOf)).toEqual([
      { kind: "session-refused", endpoint: AT, reason: "not-certified", at: 600_000, times: 2 },
    ]);
    expect(warnings.list(1_500_001, nameOf)).toEqual([]);
  });

  test("for another reason is another one", () => {
    const warnings = new Warnings();
    warnings.take(refused(), 0);
    warnings.take(refused("certificate-expired"), 1);
    expect(warnings.list(2, nameOf)).toMatchObject([{ reason: "certificate-expired", times: 1 }]);
  });

  test("is over when a session comes up there", () => {
    const warnings = new Warnings();
    warnings.take(refused(), 0);
    warnings.take(up("A"), 1);
    expect(warnings.list(2, nameOf)).toEqual([]);
  });

  test("is found by its endpoint, if it is not older than asked for", () => {
    const warnings = new Warnings();
    warnings.take(refused(), 5);
    expect([warnings.refusalAt(AT, 5), warnings.refusalAt(AT, 6), warnings.refusalAt("203.0.113.9:1", 0)]).toEqual([
      "not-certified",
      null,
      null,
    ]);
  });

  test("of very many is kept no longer than the newest", () => {
    const warnings = new Warnings();
    for (let n = 0; n < 1_000; n++) warnings.take(refused("not-certified", `203.0.113.5:${n}`), n);
    const list = warnings.list(1_000, nameOf);
    expect(list.length).toBeLessThanOrEqual(32);
    expect(list[0]).toMatchObject({ endpoint: "203.0.113.5:999" });
  });
});

describe("a clock that differs", () => {
  test("is told with the name of the node, as long as the session lasts", () => {
    const warnings = new Warnings();
    warnings.take(skew("A", 90_000), 1);
    warnings.take(skew("B", -90_000), 2);
    expect(warnings.list(3, nameOf)).toMatchObject([
      { kind: "clock-skew", nodeId: "B", name: "~B", aheadMs: -90_000 },
      { kind: "clock-skew", nodeId: "A", name: "~A", aheadMs: 90_000 },
    ]);
    warnings.take({ type: "session-down", peer: "A", reason: "closed" }, 3);
    warnings.take(up("B"), 3);
    expect(warnings.list(4, nameOf)).toEqual([]);
  });
});

describe("our own clock", () => {
  test("is warned of while it is off, whatever sessions come and go", () => {
    const warnings = new Warnings();
    warnings.take({ type: "own-clock", wrong: true, behindMs: 90_000, peers: 3 }, 5);
    warnings.take(up("A"), 6);
    expect(warnings.list(7, nameOf)).toEqual([{ kind: "clock-wrong", at: 5, behindMs: 90_000, peers: 3 }]);
    warnings.take({ type: "own-clock", wrong: false, behindMs: 0, peers: 3 }, 8);
    expect(warnings.list(9, nameOf)).toEqual([]);
  });
});
