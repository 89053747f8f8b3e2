/**
 * TCP connections, each a socket with exactly one other end. They are kept by the number of their socket and by nothing else:
 * an endpoint of TCP is never looked up among those of UDP. PROTOCOL.md §18.
 */
import type { Endpoint } from "../wire/index.ts";
import { AgingMap } from "./aging-map.ts";
import type { SocketId } from "./io.ts";
import {
  MAPPED_TCP_BURST,
  MAPPED_TCP_PER_SECOND,
  TCP_ACCEPTED_MAX,
  TCP_ACCEPTED_PER_NETWORK,
  TCP_AGAIN_MS,
  TCP_AGAIN_MS_MAX,
  TCP_DIALS_MAX,
  TCP_LOST_MS,
  TCP_PLACES_MAX,
  TCP_TOLD_DIALS_MAX,
  TCP_UNPROVED_MAX,
  TCP_UNPROVED_PER_NETWORK,
} from "./limits.ts";
import type { Path } from "./path.ts";
import type { Session } from "./session/session.ts";
import { type Instant, NEVER_YET } from "./time.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface Stream {
  /** The one path of this connection: a session may adopt it, and it is nobody's before. */
  readonly path: Path;
  /** True: we opened it, to the endpoint of its path. */
  readonly isOwn: boolean;
  /** The session in which we were told of the place; null where the user named it, or the other end opened it. */
  readonly told: Session | null;
  readonly begunAt: Instant;
  /** Null while it is being opened. */
  openedAt: Instant | null;
  /** A session has proved it: its node has answered over it. */
  proved: boolean;
  /** What it may still say besides frames. */
  readonly messages: TokenBucket;
  /** The session that has challenged whoever is there. */
  tried: Session | null;
}

/** What became of connections to an endpoint. */
interface Place {
  readonly againAt: Instant;
  /** In a row. */
  readonly failures: number;
}

export class StreamTable {
  readonly #streams = new Map<SocketId, Stream>();
  readonly #places = new AgingMap<Endpoint, Place>(TCP_PLACES_MAX);
  readonly #told = new TokenBucket(MAPPED_TCP_BURST, MAPPED_TCP_PER_SECOND, 0);

  get size(): number {
    return this.#streams.size;
  }

  all(): IterableIterator<Stream> {
    return this.#streams.values();
  }

  at(socket: SocketId): Stream | undefined {
    return this.#streams.get(socket);
  }

  /** Our own connection to an endpoint that the user named. */
  to(endpoint: Endpoint): Stream | undefined {
    for (const stream of this.#streams.values()) if (isNamed(stream) && stream.path.endpoint === endpoint) return stream;
    return undefined;
  }

  /** True for a connection that we have opened to an endpoint that the user named. */
  isNamed(socket: SocketId): boolean {
    const stream = this.#streams.get(socket);
    return stream !== undefined && isNamed(stream);
  }

  add(stream: Stream): void {
    this.#streams.set(stream.path.socket, stream);
  }

  remove(socket: SocketId): void {
    this.#streams.delete(socket);
  }

  /** True when one more from that IPv4 address, or IPv6 /64, may be taken. */
  mayAccept(network: string): boolean {
    const all = { proved: 0, unproved: 0 };
    const near = { proved: 0, unproved: 0 };
    for (const { isOwn, path, proved } of this.#streams.values()) {
      if (isOwn) continue;
      const which = proved ? "proved" : "unproved";
      all[which]++;
      if (path.network === network) near[which]++;
    }
    return (
      all.proved + all.unproved < TCP_ACCEPTED_MAX &&
      near.proved + near.unproved < TCP_ACCEPTED_PER_NETWORK &&
      all.unproved < TCP_UNPROVED_MAX &&
      near.unproved < TCP_UNPROVED_PER_NETWORK
    );
  }

  /** True when a connection of ours to there is due. */
  mayOpen(to: Endpoint, now: Instant): boolean {
    if (now < (this.#places.get(to)?.againAt ?? NEVER_YET) || this.to(to) !== undefined) return false;
    return this.#dials(isNamed) < TCP_DIALS_MAX;
  }

  /**
   * True when a connection to a place that we were told of in a session may be opened.
   * @param free - for one of the user's own, who is not counted with those that anybody may be
   */
  mayOpenTold(session: Session, free: boolean, now: Instant): boolean {
    if (this.#dials(({ told }) => told === session) > 0 || this.#dials(({ told }) => told !== null) >= TCP_TOLD_DIALS_MAX) return false;
    return free || this.#told.take(1, now);
  }

  /** Connections of ours that are under way or not proved. */
  #dials(fits: (stream: Stream) => boolean): number {
    let count = 0;
    for (const stream of this.#streams.values()) if (stream.isOwn && !stream.proved && fits(stream)) count++;
    return count;
  }

  /** A connection to there came to nothing, or to its end. */
  noteEnd(to: Endpoint, proved: boolean, now: Instant): void {
    const failures = this.#places.get(to)?.failures ?? 0;
    if (proved) this.#places.set(to, { againAt: now + TCP_LOST_MS, failures: 0 });
    else this.#places.set(to, { againAt: now + Math.min(TCP_AGAIN_MS_MAX, TCP_AGAIN_MS * 2 ** failures), failures: failures + 1 });
  }

  /** Nothing is remembered of failures: the network is another one. */
  forgive(): void {
    this.#places.age();
    this.#places.age();
  }
}

function isNamed({ isOwn, told }: Stream): boolean {
  return isOwn && told === null;
}
