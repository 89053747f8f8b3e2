/** What becomes of an event that came. */
import type { Event } from "./event.ts";
import type { LogName } from "./heads.ts";
import type { LogMove, Mark } from "./unsaved.ts";

export type Receipt =
  /** Proved, with those that it covers, oldest first: to be saved, moves before events, and settled by `mark`. */
  | {
      readonly kind: "accepted";
      readonly mark: Mark;
      readonly accepted: readonly Accepted[];
      readonly moves: readonly LogMove[];
      readonly findings: readonly Finding[];
    }
  /** Not proved yet: it has no signature, and what covers it has not come. */
  | { readonly kind: "waiting" }
  | { readonly kind: "held" }
  | { readonly kind: "refused"; readonly reason: RefusalReason };

/** A proved event, and the branch of its log that it lies in. */
export interface Accepted {
  readonly event: Event;
  readonly branch: number;
}

/** Why an event was not taken. Stable; each has its line in PROTOCOL.md §13.6. */
export type RefusalReason =
  | "bad-signature" // whoever sent it did not check it, or made it
  | "wrong-channel"
  | "unreadable" // our disk cannot tell whether we hold it
  | "not-wanted" // below what we keep, or after its author's removal
  | "too-many-logs"
  | "too-many-branches"
  | "too-many-holes";

/** Something to tell people about a log. */
export type Finding =
  /** The author has written two histories, or two devices with the same backup went on by themselves. */
  | (LogName & { readonly kind: "fork" })
  /** The author's clock stands lower at `seq` than at the event before: dated back on purpose, or a broken program. */
  | (LogName & { readonly kind: "dated-back"; readonly seq: number })
  /** An event of our own log that our disk does not have: the disk is an old backup. A new instance has to begin. */
  | (LogName & { readonly kind: "rolled-back" });

export function refused(reason: RefusalReason): Receipt {
  return { kind: "refused", reason };
}
