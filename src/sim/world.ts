/** What every part of the simulated world stands on: its clock, and whoever watches. */
import type { Command, DropReason, Instant, NodeEvent, SocketId } from "../core/index.ts";
import type { Endpoint } from "../wire/index.ts";

/** One UDP datagram on its way. NATs rewrite the endpoints; the number stays. */
export interface Datagram {
  readonly number: number;
  /** The host that sent it, or `forged`. */
  readonly origin: string;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
}

/** Why a datagram did not arrive. */
export type Fate =
  | "loss" // by the chance of a link
  | "unplugged"
  | "partition"
  | "unknown-address" // nobody has it
  | "spoofed" // a source that the sender does not own: providers drop it, private sources too
  | "blocked" // a NAT or firewall let it not out
  | "filtered" // a NAT or firewall let it not in
  | "no-hairpin"
  | "no-route" // the host has no address of that family
  | "closed" // no socket on that port, or the host is down
  | "no-socket"; // sent from a socket that is not open

/** Something that happened, for traces and checkers. */
export type Note =
  | { readonly kind: "sent"; readonly at: Instant; readonly host: string; readonly socket: SocketId; readonly datagram: Datagram }
  | { readonly kind: "arrived"; readonly at: Instant; readonly host: string; readonly socket: SocketId; readonly datagram: Datagram }
  | { readonly kind: "swallowed"; readonly at: Instant; readonly datagram: Datagram; readonly fate: Fate }
  | { readonly kind: "event"; readonly at: Instant; readonly host: string; readonly event: NodeEvent }
  | { readonly kind: "dropped"; readonly at: Instant; readonly host: string; readonly reason: DropReason; readonly from: Endpoint }
  | { readonly kind: "command"; readonly at: Instant; readonly host: string; readonly command: Command }
  | {
      readonly kind: "saved";
      readonly at: Instant;
      readonly host: string;
      readonly batch: number;
      readonly changes: number;
      readonly code: string | null;
    }
  | {
      readonly kind: "started";
      readonly at: Instant;
      readonly host: string;
      /** Whom it calls at once: its configured peers, and members that its disk remembers. */
      readonly peers: readonly Endpoint[];
      /** The key of the node; null for one that holds no sessions. */
      readonly nodeId: string | null;
    }
  | { readonly kind: "stopped"; readonly at: Instant; readonly host: string; readonly unsavedKept: number }
  /** Its NAT forgot it: from here on others see it at another endpoint, and in the bare plane that is another name. */
  | { readonly kind: "renamed"; readonly at: Instant; readonly host: string }
  | { readonly kind: "fault"; readonly at: Instant; readonly text: string };

export interface Watcher {
  watch(note: Note): void;
}

export interface World {
  readonly now: Instant;
  /** Plans `job` in `ms` from now, rounded up to the clock's tick. */
  after(ms: number, job: () => void): void;
  /** True when somebody watches, so that a note is worth making. */
  readonly watched: boolean;
  note(note: Note): void;
  nextDatagram(): number;
}

/**
 * The clock's tick: 1/64 ms. A power of two, so that sums and differences of instants are exact and a node that is
 * woken at its `wakeAt` is never a rounding error too early.
 */
export const TICKS_PER_MS = 64;

/** The first tick at or after `instant`. */
export function tickAt(instant: Instant): Instant {
  return Math.ceil(instant * TICKS_PER_MS) / TICKS_PER_MS;
}
