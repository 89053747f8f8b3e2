import type { Endpoint, Ip } from "../wire/index.ts";
import { MAIN_SOCKET, type Ref, type SocketId } from "./io.ts";
import type { Path } from "./path.ts";
import type { Instant } from "./time.ts";

/**
 * One attempt to meet, from a socket of its own.
 *
 *   asker:  opening -> asking (step 1 sent) -> probing (step 4 came) -> a punched path, or given up
 *   asked:  opening (step 2 came) -> probing (step 3 sent)           -> a punched path, or given up
 */
export interface Punch {
  readonly socket: SocketId;
  readonly role: "asker" | "asked";
  state: "opening" | "asking" | "probing";
  /** S. */
  readonly via: Path;
  /** The far party's address; nothing heard from another is taken for it. For a node that we know, S says where it is now. */
  farIp: Ip;
  /** The far party's endpoint as S knows it, where we know that or S has told us: the peer that the new path belongs to. */
  farPeer: Endpoint | null;
  /** The user's `connect`, or null for an introduction that the node began by itself or was asked for. */
  readonly ref: Ref | null;
  readonly startedAt: Instant;
  /** Our local port on `socket`. */
  port: number;
  /** Where we probe: B's or A's offered endpoint. */
  target: Endpoint | null;
  /** Where a probe of the far party came from before S answered. */
  early: Endpoint | null;
  asks: number;
  probes: number;
  nextAt: Instant;
  deadline: Instant;
}

export class PunchTable {
  readonly #punches = new Map<SocketId, Punch>();
  #nextSocket: SocketId = MAIN_SOCKET + 1;
  /** When each neighbour last made us begin a punch. */
  readonly offeredAt = new Map<Endpoint, Instant>();
  /** Holes that no user asked for, in the order in which they opened: for a while nobody has proved to be there. */
  readonly unproved: { readonly path: Path; readonly via: Path; readonly since: Instant }[] = [];

  all(): Punch[] {
    return [...this.#punches.values()];
  }

  get size(): number {
    return this.#punches.size;
  }

  at(socket: SocketId): Punch | undefined {
    return this.#punches.get(socket);
  }

  count(role: Punch["role"]): number {
    return this.all().filter((punch) => punch.role === role).length;
  }

  /** A number for one more socket, for whatever it is. */
  newSocket(): SocketId {
    return this.#nextSocket++;
  }

  begin(punch: Omit<Punch, "socket" | "state" | "port" | "early" | "asks" | "probes">): Punch {
    const begun: Punch = { ...punch, socket: this.newSocket(), state: "opening", port: 0, early: null, asks: 0, probes: 0 };
    this.#punches.set(begun.socket, begun);
    return begun;
  }

  remove(punch: Punch): void {
    this.#punches.delete(punch.socket);
  }
}
