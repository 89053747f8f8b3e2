/** What a node tells of posts and names in open channels: each is how it is from now on, in whatever order it came. */
import type { Guid } from "../wire/index.ts";
import type { Timestamp } from "./time.ts";

/** Common to all of them. */
interface Said {
  readonly channelId: Guid;
  /** The node that did it. */
  readonly author: string;
  readonly own: boolean;
  /** When its author says that it did. */
  readonly at: Timestamp;
}

/** What was done to a post that is shown. */
interface Done extends Said {
  /** The post. */
  readonly id: string;
  readonly postAuthor: string;
  /** The beginning of its text, as it was before. */
  readonly excerpt: string;
}

export type PostEvent =
  | (Done & { readonly type: "post-edited"; readonly text: string })
  | (Done & { readonly type: "post-deleted" })
  /** `off`: taken back. */
  | (Done & { readonly type: "reaction"; readonly text: string; readonly off: boolean })
  /** Empty where the channel has none any more. */
  | (Said & { readonly type: "topic"; readonly text: string })
  /** What a node calls itself, perhaps nothing; `hlc` says which is the last. */
  | (Said & { readonly type: "nick"; readonly nick: string; readonly hlc: number });
