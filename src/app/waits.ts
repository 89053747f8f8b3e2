/** Commands that wait for what the core will say. They are found by what an event is about, so many may wait at once. */
import type { NodeEvent, PeerId, Ref } from "../core/index.ts";
import type { Endpoint, Guid } from "../wire/index.ts";
import { ApiError } from "./api.ts";

/** What events are about; a post by the command that it came from. */
export type Topic =
  | `post ${string}`
  | `held in ${Guid}`
  | `order ${string}`
  | `knock ${string}`
  | `code ${string}`
  | `ref ${Ref}`
  | `certificate of ${PeerId}`
  | `handshake at ${Endpoint}`;

/** Far from the small numbers that clients choose. */
const OWN_REFS_FROM: Ref = 2 ** 40;

interface Waiter {
  look(event: NodeEvent): void;
  fail(error: ApiError): void;
}

export class Waits {
  readonly #open = new Map<Topic, Set<Waiter>>();
  #over: ApiError | null = null;
  #nextRef: Ref = OWN_REFS_FROM;

  /**
   * A number for a command, which its events repeat.
   * @param wanted - one that the client has chosen
   * @throws ApiError `usage` when a command with that number is under way
   */
  freeRef(wanted?: Ref): Ref {
    if (wanted === undefined) return this.#nextRef++;
    if (!this.#open.has(`ref ${wanted}`)) return wanted;
    throw new ApiError("usage", `"ref" ${wanted} is that of a command under way: choose another`);
  }

  /** Hands an event to those who wait for it. */
  take(event: NodeEvent): void {
    if (this.#open.size === 0) return;
    const topic = topicOf(event);
    const waiters = topic === null ? undefined : this.#open.get(topic);
    if (waiters !== undefined) for (const waiter of [...waiters]) waiter.look(event);
  }

  /**
   * Waits for an event about a topic, or about one of several.
   * @param look - called with each event of the topic: returns the answer, or undefined to wait on; what it throws ends the wait
   * @param late - what to say when `timeoutMs` have passed
   */
  until<T>(
    about: Topic | readonly Topic[],
    timeoutMs: number,
    look: (event: NodeEvent) => T | undefined,
    late: () => ApiError,
  ): Promise<T> {
    const topics = typeof about === "string" ? [about] : about;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const settle = (then: () => void) => {
      clearTimeout(timer);
      for (const topic of topics) this.#remove(topic, waiter);
      then();
    };
    const waiter: Waiter = {
      look: (event) => {
        try {
          const found = look(event);
          if (found !== undefined) settle(() => resolve(found));
        } catch (error) {
          settle(() => reject(error));
        }
      },
      fail: (error) => settle(() => reject(error)),
    };
    const timer = setTimeout(() => waiter.fail(late()), timeoutMs);
    if (this.#over !== null) waiter.fail(this.#over);
    else for (const topic of topics) this.#add(topic, waiter);
    return promise;
  }

  /** Ends all waits, and those that begin later. */
  end(error: ApiError): void {
    this.#over = error;
    for (const waiter of [...this.#open.values()].flatMap((waiters) => [...waiters])) waiter.fail(error);
  }

  #add(topic: Topic, waiter: Waiter): void {
    const waiters = this.#open.get(topic);
    if (waiters === undefined) this.#open.set(topic, new Set([waiter]));
    else waiters.add(waiter);
  }

  #remove(topic: Topic, waiter: Waiter): void {
    const waiters = this.#open.get(topic);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#open.delete(topic);
  }
}

function topicOf(event: NodeEvent): Topic | null {
  switch (event.type) {
    case "post-state":
      return `post ${event.ref}`;
    case "held":
      return `held in ${event.channelId}`;
    case "ordered":
      return `order ${event.ref}`;
    case "knock":
      return `knock ${event.ref}`;
    case "code":
      return `code ${event.ref}`;
    case "connect":
    case "asked":
    case "imported":
    case "dropped-old":
    case "nat":
    case "lifetime":
      return `ref ${event.ref}`;
    case "session-up":
    case "session-refused":
      return `handshake at ${event.endpoint}`;
    case "certificate":
      return `certificate of ${event.peer}`;
    default:
      return null;
  }
}
