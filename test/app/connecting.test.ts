/** The user's `connect` on an engine that does what the test says. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connectTo } from "../../src/app/connecting.ts";
import type { Engine } from "../../src/app/engine.ts";
import { Waits } from "../../src/app/waits.ts";
import { Warnings } from "../../src/app/warnings.ts";
import type { NodeEvent, SessionRefusal } from "../../src/core/index.ts";
import type { Endpoint, NodeId } from "../../src/wire/index.ts";

const TO = "203.0.113.5:7667" as Endpoint;
const NODE = "0BRW0AE6YWEA3QPNTDMSMERPAXTX0A0VFPPYERY67MMN1EDQBCWG";
const DIRECT = { step: "direct", peer: TO, path: "direct" } as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Script {
  readonly waits = new Waits();
  readonly warnings = new Warnings();
  readonly sessions = new Set<string>();
  readonly config = { certificates: { pinned: false } };
  readonly names = { of: (peer: string) => `named ${peer.slice(0, 4)}` };
  proven: string | null = null;
  readonly core = { peers: () => (this.proven === null ? [] : [{ endpoint: TO, kind: "full", id: this.proven }]) };
  readonly command = () => {};

  get now(): number {
    return performance.now();
  }

  /** What the core says, as the engine hears it. */
  say(...events: readonly NodeEvent[]): void {
    for (const event of events) {
      this.warnings.take(event, Date.now());
      if (event.type === "session-up") this.sessions.add(event.peer);
      this.waits.take(event);
    }
  }

  connect(timeoutMs = 30_000, to: Endpoint | NodeId = TO) {
    const asked = { to, via: null, ref: 7, timeoutMs };
    const done = connectTo(this as unknown as Engine, asked);
    done.catch(() => {}); // looked at later
    return done;
  }
}

const step = (of: Extract<NodeEvent, { type: "connect" }>["step"]): NodeEvent => ({ type: "connect", ref: 7, step: of });
const up: NodeEvent = { type: "session-up", peer: NODE, endpoint: TO, nick: "bob", path: "direct" };
const refused = (reason: SessionRefusal): NodeEvent => ({ type: "session-refused", endpoint: TO, reason });

describe("a path", () => {
  test("on which a session comes up in the same moment leads to that node", async () => {
    const script = new Script();
    const done = script.connect();
    script.proven = NODE;
    script.say(step(DIRECT), up);
    expect(await done).toMatchObject({ peer: TO, path: "direct", nodeId: NODE, name: "named 0BRW", refused: null });
  });

  test("to a node that was asked for leads to that node: nobody else could answer there", async () => {
    const script = new Script();
    const done = script.connect(30_000, NODE as NodeId);
    script.say(step({ step: "direct", peer: TO, path: "punched" }));
    expect(await done).toMatchObject({ peer: TO, path: "punched", nodeId: NODE, name: "named 0BRW" });
  });

  test("is given a moment for a session to come up", async () => {
    const script = new Script();
    const done = script.connect();
    script.say(step(DIRECT));
    await vi.advanceTimersByTimeAsync(500);
    script.say(up);
    expect(await done).toMatchObject({ nodeId: NODE, name: "named 0BRW" });
  });

  test("on which none does leads to a bare peer", async () => {
    const script = new Script();
    const done = script.connect();
    script.say(step(DIRECT));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await done).toMatchObject({ nodeId: null, name: "named 203.", refused: null });
  });

  test("to a node that was refused is in the clear, and says why", async () => {
    const script = new Script();
    const done = script.connect();
    script.say(refused("certificate-expired"), step(DIRECT), refused("certificate-expired"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await done).toMatchObject({ nodeId: null, refused: "certificate-expired" });
  });

  test("to a node that proves its key and does not take ours is none, after some patience", async () => {
    const script = new Script();
    const done = script.connect();
    script.proven = NODE;
    script.say(step(DIRECT));
    await vi.advanceTimersByTimeAsync(4_900);
    script.say(up);
    expect(await done).toMatchObject({ nodeId: NODE });
    script.sessions.clear();
    const again = script.connect();
    script.say(step(DIRECT));
    await vi.advanceTimersByTimeAsync(5_000);
    await expect(again).rejects.toMatchObject({ code: "not-connected", reason: "not-let-in" });
  });
});

describe("no path", () => {
  test("ends with the reason of the core", async () => {
    const script = new Script();
    const done = script.connect();
    script.say(step({ step: "failed", reason: "no-answer" }));
    await expect(done).rejects.toMatchObject({ code: "not-connected", reason: "no-answer" });
  });

  test("to a node that was refused ends with that reason", async () => {
    const script = new Script();
    const done = script.connect();
    script.say(refused("bad-certificate"), step({ step: "failed", reason: "no-answer" }));
    await expect(done).rejects.toMatchObject({ code: "not-connected", reason: "bad-certificate" });
  });

  test.each(["self", "not-certified"] as const)("is waited for no longer when it is for good: %s", async (reason) => {
    const script = new Script();
    script.config.certificates.pinned = reason === "not-certified";
    const done = script.connect();
    script.say(refused(reason));
    await expect(done).rejects.toMatchObject({ code: "not-connected", reason });
  });

  test("in time is a timeout, and what comes later harms nobody", async () => {
    const script = new Script();
    const done = script.connect(100);
    await vi.advanceTimersByTimeAsync(100);
    await expect(done).rejects.toMatchObject({ code: "timeout" });
    script.say(step(DIRECT), up);
    await vi.runAllTimersAsync();
  });
});
