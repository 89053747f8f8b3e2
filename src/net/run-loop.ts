/**
 * Lets a core run: the one place with a clock and a timer. Datagrams and commands become inputs, outputs become
 * datagrams, sockets and calls to the app. Nothing here waits, and nothing is allocated for a datagram beyond the input
 * and what the core returns. ARCHITECTURE.md "Net".
 */
import {
  type BlockOutput,
  type Change,
  type Command,
  type Input,
  type Instant,
  NEVER,
  type NodeEvent,
  type Output,
  type SocketId,
  type Timestamp,
} from "../core/index.ts";
import type { Endpoint } from "../wire/index.ts";
import { instant, wallEpoch } from "./clock.ts";
import { localAddresses } from "./local-addresses.ts";
import type { NodeSockets } from "./node-sockets.ts";
import { failureOf } from "./tcp/tcp-sockets.ts";
import { ListenError, type UdpSockets } from "./udp.ts";

/** What the loop needs of a node. */
export interface Core {
  readonly wakeAt: Instant;
  step(now: Instant, input: Input, more?: boolean): Output[];
}

/** What the loop needs of the sockets; those that know UDP alone are not asked for TCP. */
export type Sockets = Pick<UdpSockets, "begin" | "send" | "openFurther" | "close"> & Partial<Pick<NodeSockets, "beginTcp" | "openTcp">>;

/** What the app does with the outputs that are not the network's. */
export interface RunLoopHandlers {
  /** Keeps the changes, then answers with the input `saved` or `save-failed`. */
  onSave(batch: number, changes: readonly Change[]): void;
  onEvent(event: NodeEvent): void;
  /** Keeps or reads a block of a file; a node that keeps no files is not asked. */
  onBlocks?(output: BlockOutput): void;
}

/** The wall clock is compared with the monotonic one, and the machine's addresses with those before, at most so often. */
const CLOCK_CHECK_MS = 1_000;
/** A difference below is the clocks' own drift; above, the clock was set or the machine slept. */
const CLOCK_MOVED_MS = 1_000;
/** What setTimeout takes. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const WAKE: Input = { kind: "wake" };

export class RunLoop {
  readonly #core: Core;
  readonly #handlers: RunLoopHandlers;
  readonly #sockets: Sockets;
  #running = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires; NEVER while it is not set. */
  #armedAt: Instant = NEVER;
  /** True while outputs are carried out: an input that comes meanwhile waits, so that outputs keep their order. */
  #busy = false;
  #later: Input[] = [];
  /** True from the first input of a turn of the event loop until its end, and from the second one on. */
  #inTurn = false;
  #owesStep = false;
  #epoch: Timestamp;
  #clockCheckedAt: Instant;
  readonly #addresses: () => string;
  #addressesBefore: string;

  readonly #own: () => readonly Endpoint[];

  /**
   * @param epoch - the one that the core was born with
   * @param addresses - the machine's own, as a text that changes when they do
   * @param own - where the listening socket is reached at them
   */
  constructor(
    core: Core,
    sockets: Sockets,
    handlers: RunLoopHandlers,
    epoch: Timestamp,
    addresses: () => string = localAddresses,
    own: () => readonly Endpoint[] = () => [],
  ) {
    this.#own = own;
    this.#core = core;
    this.#sockets = sockets;
    this.#handlers = handlers;
    this.#epoch = epoch;
    this.#clockCheckedAt = instant();
    this.#addresses = addresses;
    this.#addressesBefore = addresses();
  }

  begin(): void {
    this.#running = true;
    this.#sockets.begin((socket, from, bytes) => this.input({ kind: "datagram", socket, from, bytes }));
    this.#sockets.beginTcp?.({
      onAccepted: (socket, from) => this.input({ kind: "tcp-accepted", socket, from }),
      onDatagram: (socket, bytes) => this.input({ kind: "streamed", socket, bytes }),
      onEnded: (socket, code) => this.input({ kind: "tcp-ended", socket, code }),
    });
    this.#run({ kind: "start" }, false);
    this.#tellOwn(instant());
    this.#arm();
  }

  command(command: Command): void {
    this.input({ kind: "command", command });
  }

  /**
   * Steps the core and carries out what it wants; before `begin` and after `end` an input has no effect. The first input of
   * a turn of the event loop is answered at once. What the core puts off of those that follow, above all of the datagrams
   * that were waiting in the socket, is done for all of them together at the end of the turn.
   */
  input(input: Input): void {
    if (!this.#running) return;
    if (this.#busy) {
      this.#later.push(input);
      return;
    }
    this.#owesStep = this.#inTurn;
    this.#run(input, this.#inTurn);
    if (this.#inTurn) return;
    this.#arm();
    this.#inTurn = true;
    setImmediate(this.#endTurn);
  }

  /** Steps no more; the sockets stay as they are. */
  end(): void {
    clearTimeout(this.#timer);
    this.#running = false;
    this.#later = [];
  }

  readonly #endTurn = (): void => {
    this.#inTurn = false;
    if (this.#owesStep && this.#running) this.#wake();
  };

  #wake(): void {
    this.#owesStep = false;
    this.#run(WAKE, false);
    this.#arm();
  }

  #run(input: Input, more: boolean): void {
    this.#busy = true;
    try {
      this.#step(input, more);
      if (this.#later.length > 0) this.#catchUp(more);
    } finally {
      this.#busy = false;
    }
  }

  #catchUp(more: boolean): void {
    for (let next = this.#later.shift(); next !== undefined; next = this.#later.shift()) this.#step(next, more);
  }

  #step(input: Input, more: boolean): void {
    const now = instant();
    if (now - this.#clockCheckedAt >= CLOCK_CHECK_MS) this.#lookAround(now);
    const outputs = this.#core.step(now, input, more);
    for (let at = 0; at < outputs.length; at++) this.#carryOut(outputs[at] as Output);
  }

  #carryOut(output: Output): void {
    switch (output.kind) {
      case "send":
        this.#sockets.send(output.socket, output.to, output.bytes);
        return;
      case "event":
        return this.#handlers.onEvent(output.event);
      case "save":
        return this.#handlers.onSave(output.batch, output.changes);
      case "read-block":
      case "keep-block":
      case "fetch-ended":
        return this.#handlers.onBlocks?.(output);
      case "open":
        void (output.tcp === undefined ? this.#open(output.socket) : this.#openTcp(output.socket, output.tcp));
        return;
      case "close":
        return this.#sockets.close(output.socket);
      case "dropped":
        return; // the core has counted it
    }
  }

  async #open(socket: SocketId): Promise<void> {
    const opened = await this.#sockets.openFurther(socket).catch((error: unknown) => {
      if (error instanceof ListenError) return error;
      throw error;
    });
    if (opened instanceof ListenError) this.input({ kind: "socket-failed", socket, code: opened.code });
    else this.input({ kind: "socket-opened", socket, port: opened });
  }

  async #openTcp(socket: SocketId, to: Endpoint): Promise<void> {
    const opened = await (this.#sockets.openTcp?.(socket, to) ?? Promise.reject(new Error("no TCP"))).catch(failureOf);
    if (typeof opened === "string") this.input({ kind: "socket-failed", socket, code: opened });
    else this.input({ kind: "socket-opened", socket, port: opened });
  }

  /** What no system call tells by itself: the clock was set, the network changed. */
  #lookAround(now: Instant): void {
    this.#clockCheckedAt = now;
    this.#checkClock(now);
    const addresses = this.#addresses();
    if (addresses === this.#addressesBefore) return;
    this.#addressesBefore = addresses;
    for (const output of this.#core.step(now, { kind: "network" })) this.#carryOut(output);
    this.#tellOwn(now);
  }

  #tellOwn(now: Instant): void {
    const endpoints = this.#own();
    if (endpoints.length === 0) return;
    for (const output of this.#core.step(now, { kind: "own-endpoints", endpoints })) this.#carryOut(output);
  }

  #checkClock(now: Instant): void {
    const epoch = wallEpoch();
    if (Math.abs(epoch - this.#epoch) <= CLOCK_MOVED_MS) return;
    this.#epoch = epoch;
    for (const output of this.#core.step(now, { kind: "clock", epoch })) this.#carryOut(output);
  }

  /** Sets the timer anew only when it would fire too late; one that fires too early sets itself again. */
  #arm(): void {
    const at = this.#core.wakeAt;
    if (at >= this.#armedAt || !this.#running) return;
    clearTimeout(this.#timer);
    this.#armedAt = at;
    this.#timer = setTimeout(this.#onTimer, Math.min(Math.max(0, Math.ceil(at - instant())), TIMER_MS_MAX));
  }

  readonly #onTimer = (): void => {
    this.#armedAt = NEVER;
    if (instant() < this.#core.wakeAt) this.#arm();
    else this.#wake();
  };
}
