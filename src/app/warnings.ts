/** What goes wrong with sessions and a person can do something about: kept for `status`, in bounds. */
import type { NodeEvent, SessionRefusal, Timestamp } from "../core/index.ts";
import type { Warning } from "./api.ts";

/** Handshakes are tried again every five minutes: what still goes wrong is always among these. */
const REFUSED_KEPT_MS = 900_000;
/** Each kind; whoever knocks with many addresses pushes out the oldest, and fills no more than this. */
const KEPT_MAX = 32;

interface Refusal {
  readonly at: Timestamp;
  readonly endpoint: string;
  readonly reason: SessionRefusal;
  readonly times: number;
}

interface Skew {
  readonly at: Timestamp;
  readonly aheadMs: number;
}

export class Warnings {
  readonly #refusals = new Map<string, Refusal>();
  readonly #skews = new Map<string, Skew>();
  #ownClock: Extract<Warning, { readonly kind: "clock-wrong" }> | null = null;

  /** @param now - ms since 1970 */
  take(event: NodeEvent, now: Timestamp): void {
    switch (event.type) {
      case "session-refused":
        return this.#refused(event.endpoint, event.reason, now);
      case "clock-skew":
        return put(this.#skews, event.peer, { at: now, aheadMs: event.aheadMs });
      case "own-clock": {
        const { wrong, behindMs, peers } = event;
        this.#ownClock = wrong ? { kind: "clock-wrong", at: now, behindMs, peers } : null;
        return;
      }
      case "session-up": // a warning about its clock, if there is one still, follows
        this.#skews.delete(event.peer);
        this.#refusals.delete(event.endpoint);
        return;
      case "session-down":
        this.#skews.delete(event.peer);
        return;
    }
  }

  /** Why whoever is at an endpoint did not get in lately; null when nobody was refused there since `since`. */
  refusalAt(endpoint: string, since: Timestamp): SessionRefusal | null {
    const refusal = this.#refusals.get(endpoint);
    return refusal !== undefined && refusal.at >= since ? refusal.reason : null;
  }

  /** The newest first. @param nameOf - how a node is called */
  list(now: Timestamp, nameOf: (nodeId: string) => string): Warning[] {
    for (const [endpoint, { at }] of this.#refusals) if (now - at > REFUSED_KEPT_MS) this.#refusals.delete(endpoint);
    const refused = [...this.#refusals.values()].map((refusal) => ({ kind: "session-refused" as const, ...refusal }));
    const skewed = [...this.#skews].map(([nodeId, skew]) => ({ kind: "clock-skew" as const, nodeId, name: nameOf(nodeId), ...skew }));
    return [...refused, ...skewed, ...(this.#ownClock === null ? [] : [this.#ownClock])].sort((a, b) => b.at - a.at);
  }

  #refused(endpoint: string, reason: SessionRefusal, now: Timestamp): void {
    const before = this.#refusals.get(endpoint);
    const again = before !== undefined && before.reason === reason && now - before.at <= REFUSED_KEPT_MS;
    put(this.#refusals, endpoint, { at: now, endpoint, reason, times: again ? before.times + 1 : 1 });
  }
}

/** The last one put stands last; the first gives way. */
function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > KEPT_MAX && oldest !== undefined) map.delete(oldest);
}
