/** The epoch in which we write, and when another has to begin: always just before the next own event. PROTOCOL.md §19.3. */
import type { NodeId } from "../../wire/index.ts";
import type { HybridTime } from "../log/hlc.ts";
import type { Timestamp } from "../time.ts";
import type { Chain } from "./chain.ts";
import { EPOCH_EVENTS, EPOCH_MS } from "./limits.ts";
import type { EpochName } from "./sealing.ts";

/** Those who may read what we write next, ourselves aside, and since when each does. */
export type Readers = ReadonlyMap<NodeId, HybridTime>;

export class SendingEpoch {
  readonly name: EpochName;
  readonly chain: Chain;
  readonly madeAt: Timestamp;
  readonly readers: Readers;
  /** The prekey that each of them has a box for. */
  readonly boxed = new Map<NodeId, string>();
  #next = 0;
  #isEnded = false;

  constructor(name: EpochName, chain: Chain, readers: Readers, madeAt: Timestamp) {
    this.name = name;
    this.chain = chain;
    this.readers = readers;
    this.madeAt = madeAt;
  }

  /** The place of the next event; each is given once. */
  next(): number {
    return this.#next++;
  }

  /** Those who may read have changed, perhaps back again before anything else is sealed. */
  noteReaders(readers: Readers): void {
    this.#isEnded ||= !isSame(this.readers, readers);
  }

  /**
   * True when nothing more may be sealed in it. A reader who came must not read what was said before, one who went not what comes;
   * who went and came again did both.
   */
  isOver(readers: Readers, wall: Timestamp): boolean {
    const age = wall - this.madeAt;
    this.noteReaders(readers);
    return this.#isEnded || this.#next >= EPOCH_EVENTS || age >= EPOCH_MS || age < -EPOCH_MS;
  }
}

function isSame(a: Readers, b: Readers): boolean {
  return a.size === b.size && [...a].every(([node, since]) => b.get(node) === since);
}
