/**
 * Approaches: attempts of two nodes that hold a session over a relay to find a way without it. PROTOCOL.md §11.9.
 *
 *   asker: looking (neighbours say where they see us) -> asking (offer said) -> probing (answer came)
 *   asked: looking (offer came)                       -> probing (answer said) -> waiting for another offer
 *
 * First in the plain way. Where that brings nothing and ports may be guessed, the asker begins anew with `guess`.
 */
import type { Endpoint, InstanceId } from "../../wire/index.ts";
import { AgingMap } from "../aging-map.ts";
import type { ApproachWay, PeerId, Ref, SocketId } from "../io.ts";
import { APPROACHES_KEPT_MAX } from "../limits.ts";
import type { Session } from "../session/session.ts";
import type { Helper } from "../survey-table.ts";
import type { Instant } from "../time.ts";
import { Timers } from "../timers.ts";
import type { TokenBucket } from "../token-bucket.ts";
import type { Part } from "./part.ts";
import type { Place } from "./port-habit.ts";

/** What the other end has said in its CONNECT. */
export interface Offer {
  readonly candidates: readonly Endpoint[];
  /** Where its further socket was last seen, and what its NAT does; with `guess` only. */
  readonly place: Place;
}

/** What a further socket of ours looks like from outside, as far as neighbours have said. */
export interface Sample {
  /** Names it to the helpers. The other end has a sample of its own, perhaps with the same helpers. */
  readonly token: InstanceId;
  readonly socket: SocketId;
  readonly helpers: readonly Helper[];
  /** Another port of the first helper. */
  otherPort: number | null;
  /** Where it was seen, by the endpoint that it had sent to. */
  readonly came: Map<Endpoint, Endpoint>;
}

/** What is sent while ports are guessed. */
export interface Knocking {
  readonly part: Part;
  /** The data of all its challenges: what answers is asked again at the place that it answers from. */
  readonly data: Uint8Array;
  /** Rounds, and of a long list the targets, that are done. */
  rounds: number;
  next: number;
}

export interface Approach {
  readonly id: InstanceId;
  readonly session: Session;
  role: "asker" | "asked";
  /** The user's `connect`s that wait for it. */
  readonly refs: Ref[];
  readonly startedAt: Instant;
  way: ApproachWay;
  stage: "looking" | "asking" | "probing" | "waiting";
  /** When the stage began; of probing, when the first probe left. */
  since: Instant;
  /** When probing begins: both ends at once, half a round trip after the answer was said. Null when it has begun. */
  goAt: Instant | null;
  theirs: Offer | null;
  sample: Sample | null;
  knocking: Knocking | null;
  /** The sockets opened for it, with their ports; 0 while one is being opened. */
  readonly sockets: Map<SocketId, number>;
}

/** How the last attempts with one node ended. */
export interface Past {
  failures: number;
  /** No attempt of our own before. */
  nextAt: Instant;
  /** How often the other end may begin one. */
  readonly asks: TokenBucket;
  /** The relay at that time, and whether ports could be guessed: where that is different now, it is tried at once. */
  via: Endpoint | null;
  near: boolean;
}

export class ApproachTable {
  readonly #bySession = new Map<Session, Approach>();
  readonly timers = new Timers<Approach>();
  readonly past = new AgingMap<PeerId, Past>(APPROACHES_KEPT_MAX);
  /** Where neighbours last saw our listening socket. */
  readonly sightings = new AgingMap<PeerId, { readonly seen: Endpoint; readonly at: Instant }>(APPROACHES_KEPT_MAX);
  /** The token by which neighbours were last asked for them. */
  look: { readonly token: InstanceId; readonly at: Instant; readonly asked: Set<PeerId> } | null = null;
  /** A session has come about in this step: perhaps it goes over a relay. */
  fresh = false;
  /** Since when a node that has to be asked by the other end has waited for that. */
  readonly awaited = new WeakMap<Session, Instant>();

  get size(): number {
    return this.#bySession.size;
  }

  all(): IterableIterator<Approach> {
    return this.#bySession.values();
  }

  of(session: Session): Approach | undefined {
    return this.#bySession.get(session);
  }

  /** The one whose sample has that token. */
  sampling(token: InstanceId): Approach | undefined {
    for (const approach of this.#bySession.values()) if (approach.sample?.token === token) return approach;
    return undefined;
  }

  at(socket: SocketId): Approach | undefined {
    for (const approach of this.#bySession.values()) if (approach.sockets.has(socket)) return approach;
    return undefined;
  }

  begin(approach: Approach): void {
    this.#bySession.set(approach.session, approach);
  }

  remove(approach: Approach): void {
    this.timers.clear(approach);
    if (this.#bySession.get(approach.session) === approach) this.#bySession.delete(approach.session);
  }
}
