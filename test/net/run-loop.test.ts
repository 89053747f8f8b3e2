import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Change, type Input, type Instant, NEVER, type NodeEvent, type Output } from "../../src/core/index.ts";
import { type Core, ListenError, type Receive, RunLoop, type RunLoopHandlers, type Sockets } from "../../src/net/index.ts";
import type { Endpoint } from "../../src/wire/index.ts";

/** A core that does as the test says, and notes what it was given. */
class FakeCore implements Core {
  wakeAt: Instant = NEVER;
  readonly inputs: { now: Instant; input: Input; more: boolean }[] = [];
  answer: (input: Input, now: Instant) => Output[] = () => [];

  step(now: Instant, input: Input, more = false): Output[] {
    this.inputs.push({ now, input, more });
    return this.answer(input, now);
  }

  get kinds(): string[] {
    return this.inputs.map(({ input }) => input.kind);
  }
}

class FakeSockets implements Sockets {
  readonly done: string[] = [];
  receive: Receive = () => {};
  openFurther: Sockets["openFurther"] = async () => 4_000;

  begin(receive: Receive): void {
    this.receive = receive;
  }

  send(socket: number, to: Endpoint, bytes: Uint8Array): void {
    this.done.push(`send ${socket} ${to} ${bytes.length}`);
  }

  close(socket: number): void {
    this.done.push(`close ${socket}`);
  }
}

const PEER = "127.0.0.1:5000" as Endpoint;
const EPOCH = 1_700_000_000_000;

function setUp() {
  const core = new FakeCore();
  const sockets = new FakeSockets();
  const events: NodeEvent[] = [];
  const saves: { batch: number; changes: readonly Change[] }[] = [];
  const handlers: RunLoopHandlers = {
    onEvent: (event: NodeEvent) => void events.push(event),
    onSave: (batch: number, changes: readonly Change[]) => void saves.push({ batch, changes }),
  };
  const network = { addresses: "eth0 192.0.2.1" };
  const loop = new RunLoop(core, sockets, handlers, EPOCH, () => network.addresses);
  return { core, sockets, events, saves, handlers, loop, network };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "Date", "performance"] });
  vi.setSystemTime(EPOCH + performance.now());
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Lets the event loop come to the end of its turn. */
function endTurn(): void {
  vi.advanceTimersByTime(0);
}

describe("the run loop", () => {
  test("starts the core and gives it datagrams", () => {
    const { core, sockets, loop } = setUp();
    loop.begin();
    sockets.receive(0, PEER, new Uint8Array([1]));
    expect(core.inputs.map(({ input }) => input)).toEqual([
      { kind: "start" },
      { kind: "datagram", socket: 0, from: PEER, bytes: new Uint8Array([1]) },
    ]);
  });

  test("lets the core answer the first input of a turn at once, and those that follow together at its end", () => {
    const { core, sockets, loop } = setUp();
    loop.begin();
    sockets.receive(0, PEER, new Uint8Array([1]));
    sockets.receive(0, PEER, new Uint8Array([2]));
    loop.command({ kind: "tap", on: true });
    endTurn();
    endTurn();
    sockets.receive(0, PEER, new Uint8Array([3]));
    endTurn();
    expect(core.inputs.map(({ input, more }) => [input.kind, more])).toEqual([
      ["start", false],
      ["datagram", false],
      ["datagram", true],
      ["command", true],
      ["wake", false],
      ["datagram", false],
    ]);
  });

  test("carries out every kind of output, in order", async () => {
    const { core, sockets, events, saves, loop } = setUp();
    const event: NodeEvent = { type: "peer-down", peer: PEER };
    core.answer = ({ kind }) =>
      kind === "start"
        ? [
            { kind: "send", socket: 0, to: PEER, bytes: new Uint8Array(3) },
            { kind: "event", event },
            { kind: "save", batch: 4, changes: [] },
            { kind: "open", socket: 9 },
            { kind: "dropped", reason: "empty", from: PEER },
            { kind: "close", socket: 5 },
          ]
        : [];
    loop.begin();
    expect(sockets.done).toEqual([`send 0 ${PEER} 3`, "close 5"]);
    expect(events).toEqual([event]);
    expect(saves).toEqual([{ batch: 4, changes: [] }]);
    await vi.waitFor(() => expect(core.inputs[1]?.input).toEqual({ kind: "socket-opened", socket: 9, port: 4_000 }));
  });

  test("says so when a socket could not be opened", async () => {
    const { core, sockets, loop } = setUp();
    sockets.openFurther = () => Promise.reject(new ListenError("EMFILE", PEER));
    core.answer = ({ kind }) => (kind === "start" ? [{ kind: "open", socket: 9 }] : []);
    loop.begin();
    await vi.waitFor(() => expect(core.inputs[1]?.input).toEqual({ kind: "socket-failed", socket: 9, code: "EMFILE" }));
  });

  test("wakes the core when it wants, not before", () => {
    const { core, loop } = setUp();
    core.answer = (_input, now) => {
      core.wakeAt = now + 250;
      return [];
    };
    loop.begin();
    vi.advanceTimersByTime(249);
    expect(core.kinds).toEqual(["start"]);
    vi.advanceTimersByTime(2);
    expect(core.kinds).toEqual(["start", "wake"]);
  });

  test("sets its timer anew only for an earlier instant, and goes on waiting when the instant moved away", () => {
    const { core, sockets, loop } = setUp();
    const set = vi.spyOn(globalThis, "setTimeout");
    const wakes = () => core.kinds.filter((kind) => kind === "wake").length;
    core.answer = (_input, now) => {
      if (now >= core.wakeAt) core.wakeAt = NEVER;
      return [];
    };
    core.wakeAt = performance.now() + 100;
    loop.begin();
    core.wakeAt += 1_000;
    for (let turn = 0; turn < 10; turn++) {
      sockets.receive(0, PEER, new Uint8Array());
      endTurn();
    }
    expect(set).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(101);
    expect(wakes()).toBe(0);
    core.wakeAt = performance.now() + 10;
    sockets.receive(0, PEER, new Uint8Array());
    vi.advanceTimersByTime(11);
    expect(wakes()).toBe(1);
  });

  test("a command that is given while outputs are carried out waits for its turn", () => {
    const { core, sockets, loop, handlers } = setUp();
    handlers.onEvent = () => loop.command({ kind: "tap", on: true });
    core.answer = ({ kind }) => {
      if (kind === "start")
        return [
          { kind: "event", event: { type: "store-recovered" } },
          { kind: "close", socket: 1 },
        ];
      return kind === "command" ? [{ kind: "close", socket: 2 }] : [];
    };
    loop.begin();
    expect(sockets.done).toEqual(["close 1", "close 2"]);
  });

  test("tells the core when the wall clock jumped, before anything else that it steps", () => {
    const { core, sockets, loop } = setUp();
    loop.begin();
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(1_000);
    sockets.receive(0, PEER, new Uint8Array());
    expect(core.kinds).toEqual(["start", "clock", "datagram"]);
    expect(core.inputs[1]?.input).toEqual({ kind: "clock", epoch: Date.now() - performance.now() });
  });

  test("does not tell it of a drift below a second", () => {
    const { core, sockets, loop } = setUp();
    loop.begin();
    vi.setSystemTime(Date.now() + 900);
    vi.advanceTimersByTime(1_000);
    sockets.receive(0, PEER, new Uint8Array());
    expect(core.kinds).toEqual(["start", "datagram"]);
  });

  test("tells the core within a second and the next step that an address of the machine came or went", () => {
    const { core, sockets, loop, network } = setUp();
    loop.begin();
    network.addresses = "wlan0 198.51.100.7";
    vi.advanceTimersByTime(1_000);
    sockets.receive(0, PEER, new Uint8Array());
    vi.advanceTimersByTime(1_000);
    sockets.receive(0, PEER, new Uint8Array());
    expect(core.kinds).toEqual(["start", "network", "datagram", "datagram"]);
  });

  test("steps no more after its end", () => {
    const { core, sockets, loop } = setUp();
    core.wakeAt = performance.now() + 100;
    loop.begin();
    loop.end();
    sockets.receive(0, PEER, new Uint8Array());
    loop.command({ kind: "shutdown" });
    vi.advanceTimersByTime(1_000);
    expect(core.kinds).toEqual(["start"]);
  });
});
