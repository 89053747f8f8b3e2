/** What a node knows of mailboxes: those that it is for others, those that others are for it, and what it left where. */
import type { Guid, NodeId } from "../../wire/index.ts";
import { AgingMap } from "../aging-map.ts";
import type { PeerId } from "../io.ts";
import { SESSIONS_MAX } from "../limits.ts";
import type { ChannelHash, Event } from "../log/event.ts";
import type { HybridTime } from "../log/hlc.ts";
import type { Session } from "../session/session.ts";
import { type Instant, NEVER_YET } from "../time.ts";
import { TokenBucket } from "../token-bucket.ts";
import type { ServedSender } from "./keeping.ts";
import type { LeftSender } from "./leaving.ts";
import { LEFT_BYTES_BURST, LEFT_BYTES_PER_SECOND } from "./limits.ts";
import type { StoredLeftMark, StoredOwnMailbox } from "./mailbox-store.ts";
import type { Slot } from "./names.ts";

/** A contact for whom we keep parcels. */
export interface Owner {
  readonly nodeId: NodeId;
  readonly box: Guid;
  slots: ReadonlySet<string>;
  /** Bytes that lie in each slot, with what each parcel takes beside its own. */
  readonly bytes: Map<string, number>;
  parcels: number;
  /** On their way to the owner, and those that it has and that are not off the disk yet. */
  readonly serving: Set<string>;
}

/** A contact that keeps parcels for us. */
export interface OwnMailbox {
  stored: StoredOwnMailbox;
  /** In which session it was told which slots; null while it was not. */
  told: { readonly session: Session; readonly slots: string } | null;
  /** What it said to that; null while it said nothing. */
  keeps: boolean | null;
}

/** What is on its way to a mailbox of a member that is away. */
export interface Leaving {
  /** When the member was first found to be away. */
  readonly since: Instant;
  /** What goes next, the oldest first. */
  queue: Event[];
  /** Our events on their way, by `seq`, and the mailboxes that they go to. */
  readonly open: Map<number, NodeId>;
  /** Those that arrived before an earlier one did. */
  readonly done: Set<number>;
  /** Mailboxes of that member that refused, and when they may be asked again. */
  readonly refused: Map<NodeId, Instant>;
  calledAt: Instant;
}

export class Mailboxes {
  readonly owners = new Map<NodeId, Owner>();
  readonly boxes = new Map<Guid, Owner>();
  /** Parcels that the store has been given and has not kept yet. */
  readonly arriving = new Set<string>();
  expiredAt: Instant = NEVER_YET;
  readonly own = new Map<NodeId, OwnMailbox>();
  /** Our own slots: made when first needed. */
  readonly slotOf = new Map<ChannelHash, Slot>();
  /** Up to which newcomer the members were told of our mailboxes in this run: one whose grant is dated ahead is told once too. */
  readonly toldNewcomers = new Map<ChannelHash, HybridTime>();
  readonly marks = new Map<string, StoredLeftMark>();
  readonly leaving = new Map<string, Leaving>();
  /** What became of letters with parcels in them; looked at at the end of the step. */
  readonly settled: { readonly sender: ServedSender | LeftSender; readonly acked: boolean }[] = [];
  readonly #arrivals = new AgingMap<PeerId, TokenBucket>(SESSIONS_MAX);

  /** True when a node may leave so many bytes more. */
  takeArrival(from: PeerId, bytes: number, now: Instant): boolean {
    let bucket = this.#arrivals.get(from);
    if (bucket === undefined) {
      bucket = new TokenBucket(LEFT_BYTES_BURST, LEFT_BYTES_PER_SECOND, now);
      this.#arrivals.set(from, bucket);
    }
    return bucket.take(bytes, now);
  }
}
