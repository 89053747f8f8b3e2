/**
 * How neighbours behave. Whoever passes on an event checks it first, so a bad signature is the fault of the session that
 * it came by, never of the author it names, nor of an address. PROTOCOL.md §13.11.
 */
import { AgingMap } from "../aging-map.ts";
import type { PeerId } from "../io.ts";
import type { Instant } from "../time.ts";
import { MUTED_MAX_MS, MUTED_MIN_MS, STRIKE_MS, STRIKES_MAX } from "./limits.ts";

interface Record {
  strikes: number;
  since: Instant;
  mutedUntil: Instant;
  muteMs: number;
}

/** Neighbours with a record; one that is forgotten starts clean, after as many others have misbehaved. */
const RECORDS_MAX = 4_096;

export class Conduct {
  readonly #records = new AgingMap<PeerId, Record>(RECORDS_MAX);

  /** True while nothing is taken from that neighbour: not even looked at, so that it costs us nothing. */
  isMuted(peer: PeerId, now: Instant): boolean {
    return now < (this.#records.get(peer)?.mutedUntil ?? now);
  }

  /** The neighbour sent an event with a bad signature. */
  strike(peer: PeerId, now: Instant): void {
    const record = this.#records.get(peer) ?? { strikes: 0, since: now, mutedUntil: now, muteMs: MUTED_MIN_MS };
    this.#records.set(peer, record);
    if (now - record.since >= STRIKE_MS) {
      record.strikes = 0;
      record.since = now;
    }
    record.strikes++;
    if (record.strikes < STRIKES_MAX) return;
    record.strikes = 0;
    record.mutedUntil = now + record.muteMs;
    record.muteMs = Math.min(2 * record.muteMs, MUTED_MAX_MS);
  }
}
