/**
 * Frames of sessions go before all else. Whoever floods a node does it in the clear, where each datagram of a stranger costs
 * a parse and perhaps a hash; so of those only some are handed on in one turn of the event loop, and the others wait here
 * while the socket is read on. It is the system that drops what is not read, frames as well.
 */
import type { Instant, SocketId } from "../core/index.ts";
import { type Endpoint, isFrame } from "../wire/index.ts";

/** Takes one datagram. */
export type Receive = (socket: SocketId, from: Endpoint, bytes: Uint8Array) => void;

interface Waiting {
  readonly socket: SocketId;
  readonly from: Endpoint;
  readonly bytes: Uint8Array;
}

/** What datagrams in the clear may take of one turn, in ms: some tens of HELLOs. Node reads 32 datagrams a turn, so 50,000 a second. */
const BARE_MS_PER_TURN = 0.5;
/** Those that wait: what a node does in some 50 ms. Whoever is dropped asks again. */
export const BACKLOG_MAX = 512;

export class Backlog {
  readonly #receive: Receive;
  readonly #clock: () => Instant;
  #waiting: Waiting[] = [];
  /** Until when this turn hands on what is in the clear. */
  #until: Instant = 0;
  /** Set from the first datagram in the clear of a turn on. */
  #turn: NodeJS.Immediate | undefined;

  /** @param clock - the monotonic one, in ms */
  constructor(receive: Receive, clock: () => Instant) {
    this.#receive = receive;
    this.#clock = clock;
  }

  /** Hands on a datagram, now or in one of the next turns. @returns false when too many wait: it is dropped */
  take(socket: SocketId, from: Endpoint, bytes: Uint8Array): boolean {
    if (isFrame(bytes)) {
      this.#receive(socket, from, bytes);
      return true;
    }
    if (this.#turn === undefined) this.#beginTurn();
    if (this.#waiting.length === 0 && this.#clock() < this.#until) {
      this.#receive(socket, from, bytes);
      return true;
    }
    if (this.#waiting.length === BACKLOG_MAX) return false;
    this.#waiting.push({ socket, from, bytes });
    return true;
  }

  /** What waits is dropped. */
  clear(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#waiting = [];
  }

  #beginTurn(): void {
    this.#until = this.#clock() + BARE_MS_PER_TURN;
    this.#turn = setImmediate(this.#nextTurn);
  }

  readonly #nextTurn = (): void => {
    this.#turn = undefined;
    if (this.#waiting.length === 0) return;
    this.#beginTurn();
    let handedOn = 0;
    do {
      const { socket, from, bytes } = this.#waiting[handedOn++] as Waiting;
      this.#receive(socket, from, bytes);
    } while (handedOn < this.#waiting.length && this.#clock() < this.#until);
    this.#waiting.splice(0, handedOn);
  };
}
