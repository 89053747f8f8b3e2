/**
 * What is known of who is beside whom: the newest signed list of each node within reach, and the ways that follow from
 * them. An edge is there only where both ends list it, so nobody can put himself beside somebody who does not say so too.
 * PROTOCOL.md §17.3.
 */
import type { NodeId } from "../../wire/index.ts";
import { LIST_KEPT_MS, LISTS_MAX } from "../limits.ts";
import type { Way } from "../path.ts";
import type { Instant } from "../time.ts";
import type { NeighbourList } from "./neighbour-list.ts";

/** Whose list gives way when there are too many: the highest; of equals, whoever came first stays. */
export type Rank = number;

interface Entry {
  readonly list: NeighbourList;
  readonly nb: ReadonlySet<string>;
  readonly rank: Rank;
  /** By our own clock, from its receipt on: the clocks of others have no part in it. */
  readonly until: Instant;
}

export type Taking =
  | "new"
  /** An older one, or another of the same number. */
  | "stale"
  | "full";

const NONE: ReadonlySet<string> = new Set();

export class Topology {
  readonly #entries = new Map<string, Entry>();

  /** Lists that count. */
  lists(now: Instant): NeighbourList[] {
    return [...this.#entries.values()].flatMap(({ list, until }) => (now < until ? [list] : []));
  }

  /** The newest list of a node that came, also one that is over. */
  newest(of: string): NeighbourList | undefined {
    return this.#entries.get(of)?.list;
  }

  /** True for the newest list of a node that came before, by another way. */
  isKnown({ node, seq, sig }: NeighbourList): boolean {
    const known = this.#entries.get(node)?.list;
    return known !== undefined && known.seq === seq && known.sig === sig;
  }

  /** What would become of a list that is not known; nothing is changed, so that its signature need be checked only where it is new. */
  judge({ node, seq }: NeighbourList, rank: Rank, now: Instant): Taking {
    const known = this.#entries.get(node)?.list;
    if (known !== undefined && seq <= known.seq) return "stale";
    return known !== undefined || this.#hasRoom(rank, now) ? "new" : "full";
  }

  /** Takes one that is `new` and whose signature holds. */
  put(list: NeighbourList, rank: Rank, now: Instant): void {
    if (!this.#entries.has(list.node)) this.#makeRoom(rank, now);
    const entry = { list, nb: new Set<string>(list.nb), rank, until: now + list.exp * 1_000 };
    this.#entries.set(list.node, entry);
  }

  expire(now: Instant): void {
    for (const [node, { until }] of this.#entries) if (now >= until + LIST_KEPT_MS) this.#entries.delete(node);
  }

  /** True when either says that the other is beside it, and both lists count. */
  areBeside(one: string, other: string, now: Instant): boolean {
    return this.beside(one, now).has(other) && this.beside(other, now).has(one);
  }

  /** Whom a node lists. */
  beside(of: string, now: Instant): ReadonlySet<string> {
    const entry = this.#entries.get(of);
    return entry !== undefined && now < entry.until ? entry.nb : NONE;
  }

  /** True when a list that counts names the node, and not only in passing: within `rank`. */
  isNamed(node: string, rank: Rank, now: Instant): boolean {
    for (const entry of this.#entries.values()) if (entry.rank <= rank && now < entry.until && entry.nb.has(node)) return true;
    return false;
  }

  /**
   * The ways to a node, shorter ones first.
   * @param self - this node, which is on none of them
   * @param first - the neighbours that carry for us
   */
  waysTo(to: string, self: string, first: readonly NodeId[], now: Instant): Way[] {
    const near = first.filter((each) => each !== to);
    const short = near.filter((each) => this.areBeside(each, to, now)).map((each) => ({ first: each, via: null }));
    const last = [...this.beside(to, now)].filter((each) => each !== self && this.areBeside(each, to, now)) as NodeId[];
    const long = near.flatMap((each) =>
      last.filter((via) => via !== each && this.areBeside(each, via, now)).map((via) => ({ first: each, via })),
    );
    return [...short, ...long];
  }

  #hasRoom(rank: Rank, now: Instant): boolean {
    return this.#entries.size < LISTS_MAX || this.#least(rank, now) !== null;
  }

  #makeRoom(rank: Rank, now: Instant): void {
    if (this.#entries.size < LISTS_MAX) return;
    const least = this.#least(rank, now);
    if (least !== null) this.#entries.delete(least);
  }

  /** Who gives way to a node of that rank: first those whose lists are over, then the farthest. */
  #least(rank: Rank, now: Instant): string | null {
    let least: string | null = null;
    let worst = rank;
    for (const [node, entry] of this.#entries) {
      if (now >= entry.until) return node;
      if (entry.rank <= worst) continue;
      worst = entry.rank;
      least = node;
    }
    return least;
  }
}
