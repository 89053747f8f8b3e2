/** What neighbours want of the files that we have blocks of: in the order in which they asked, a few at a time. PROTOCOL.md §21.4. */
import { BLOCKS_ASKED_MAX, type Guid } from "../../wire/index.ts";
import { AgingMap } from "../aging-map.ts";
import type { PeerId } from "../io.ts";
import type { Instant } from "../time.ts";
import { GIVEN_BESIDES, GIVEN_FOR_MS, GIVEN_MAX, READS_MAX, TIMES_GIVEN_MAX } from "./limits.ts";

/** One block or list for one neighbour. */
export interface Gift {
  readonly to: PeerId;
  readonly channelId: Guid;
  readonly root: string;
  readonly level: number;
  readonly index: number;
}

interface Queue {
  readonly gifts: Gift[];
  /** Those that are being read. */
  reads: number;
}

export class Giving {
  readonly #queues = new Map<PeerId, Queue>();
  readonly #reads = new Map<number, Gift>();
  readonly #given = new AgingMap<string, { since: Instant; count: number }>(GIVEN_MAX);
  #nextRead = 1;

  /** Those who wait for something. */
  waiting(): PeerId[] {
    return [...this.#queues.keys()];
  }

  get isIdle(): boolean {
    return this.#queues.size === 0;
  }

  /**
   * Notes what a neighbour wants.
   * @param blocks - that the file has: how often it may have them is counted
   * @returns how many of them are too much
   */
  want(gifts: readonly Gift[], blocks: number, now: Instant): number {
    let refused = 0;
    for (const gift of gifts) {
      const queue = this.#queues.get(gift.to) ?? { gifts: [], reads: 0 };
      if (queue.gifts.length + queue.reads >= BLOCKS_ASKED_MAX || !this.#mayHave(gift, blocks, now)) refused++;
      else {
        queue.gifts.push(gift);
        this.#queues.set(gift.to, queue);
      }
    }
    return refused;
  }

  /** The next that is to be read for a neighbour, under a number; null where nothing is, or enough is being read. */
  next(to: PeerId): { readonly read: number; readonly gift: Gift } | null {
    const queue = this.#queues.get(to);
    if (queue === undefined || queue.reads >= READS_MAX) return null;
    const gift = queue.gifts.shift();
    if (gift === undefined) return null;
    queue.reads++;
    const read = this.#nextRead++;
    this.#reads.set(read, gift);
    return { read, gift };
  }

  /** What was read is there. @returns for whom it was; undefined where that neighbour has gone */
  done(read: number): Gift | undefined {
    const gift = this.#reads.get(read);
    if (gift === undefined) return undefined;
    this.#reads.delete(read);
    const queue = this.#queues.get(gift.to);
    if (queue === undefined) return undefined;
    queue.reads--;
    if (queue.reads === 0 && queue.gifts.length === 0) this.#queues.delete(gift.to);
    return gift;
  }

  /** Who is not there any more waits for nothing. */
  forget(to: PeerId): void {
    this.#queues.delete(to);
    for (const [read, gift] of this.#reads) if (gift.to === to) this.#reads.delete(read);
  }

  #mayHave({ to, root }: Gift, blocks: number, now: Instant): boolean {
    const key = `${to} ${root}`;
    const known = this.#given.get(key);
    const given = known === undefined || now - known.since >= GIVEN_FOR_MS ? { since: now, count: 0 } : known;
    if (given.count >= TIMES_GIVEN_MAX * blocks + GIVEN_BESIDES) return false;
    given.count++;
    this.#given.set(key, given);
    return true;
  }
}
