/** What a node knows, and remembers of itself, for ways over several hops. PROTOCOL.md §17. */
import { AgingMap } from "../aging-map.ts";
import type { PeerId } from "../io.ts";
import { LISTS_BURST, LISTS_PER_SECOND, SESSIONS_MAX } from "../limits.ts";
import { type Instant, NEVER_YET } from "../time.ts";
import { TokenBucket } from "../token-bucket.ts";
import { CarryBudget } from "./carry-budget.ts";
import type { NeighbourList } from "./neighbour-list.ts";
import { Topology } from "./topology.ts";
import { WayWorths } from "./way-worths.ts";

export class Routing {
  readonly topology = new Topology();
  readonly worths = new WayWorths();
  readonly budget: CarryBudget;
  /** Our own list as it was last said; null while we carry for nobody. */
  own: NeighbourList | null = null;
  ownAt: Instant = NEVER_YET;
  /** The highest number that was seen on a list of ours: the next one has a higher. */
  ownSeq = 0;
  /** When the neighbours were last looked over. */
  lookedAt: Instant = NEVER_YET;
  readonly #arrivals = new AgingMap<PeerId, TokenBucket>(SESSIONS_MAX);

  constructor(now: Instant) {
    this.budget = new CarryBudget(now);
  }

  /** True when a neighbour may bring one more list. */
  takeArrival(from: PeerId, now: Instant): boolean {
    let bucket = this.#arrivals.get(from);
    if (bucket === undefined) {
      bucket = new TokenBucket(LISTS_BURST, LISTS_PER_SECOND, now);
      this.#arrivals.set(from, bucket);
    }
    return bucket.take(1, now);
  }
}
