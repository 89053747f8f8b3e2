/**
 * Whether our own log may be gone on with: a disk that is an old backup has not all that we said, and whoever goes on from there
 * writes a second story. So before the first words of a run two neighbours are asked, which costs a round trip, and no longer than a
 * person hardly notices. Who claims to have more has to show it, signed by us. PROTOCOL.md §13.6, "An old backup".
 */
import type { PeerId } from "../io.ts";
import type { Instant } from "../time.ts";
import { NEVER } from "../time.ts";
import { OWN_CHECK_MS, OWN_CHECK_PEERS } from "./limits.ts";

export class OwnCheck {
  /** Those in the channel, and whether each has told all its heads and nothing of our log that we lack. */
  readonly #peers = new Map<PeerId, boolean>();
  #until: Instant = NEVER;
  #isOver: boolean;

  /** @param isNeeded - false where we have no log to go on with */
  constructor(isNeeded: boolean) {
    this.#isOver = !isNeeded;
  }

  meet(peer: PeerId, now: Instant): void {
    this.#peers.set(peer, false);
    this.#until = Math.min(this.#until, now + OWN_CHECK_MS);
  }

  lose(peer: PeerId): void {
    this.#peers.delete(peer);
  }

  /** That neighbour has nothing of our log that we do not have. */
  agree(peer: PeerId): void {
    if (this.#peers.has(peer)) this.#peers.set(peer, true);
  }

  /** We have a new log, or have gone on: there is nothing to be asked any more. */
  end(): void {
    this.#isOver = true;
  }

  /** True when our log can be gone on with, as far as can be known in time; with nobody there, that is at once. */
  isOver(now: Instant): boolean {
    const agreed = [...this.#peers.values()].filter((each) => each).length;
    this.#isOver ||= now >= this.#until || (agreed > 0 && agreed >= Math.min(OWN_CHECK_PEERS, this.#peers.size));
    return this.#isOver || this.#peers.size === 0;
  }

  /** True while nobody was met, and nothing written. */
  get isPending(): boolean {
    return !this.#isOver && this.#until === NEVER;
  }
}
