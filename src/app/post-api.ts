/** Posts at the door of a node: what is asked and told of them. A part of `api.ts`, which says what the commands do. */

import type { FileView } from "./files/files-api.ts";

/** How far something has come: on this disk, or on those of the members that are there. */
export type PlainWait = "saved" | "delivered";
/** `held`: on that of a mailbox of a member that is away. */
export type Wait = PlainWait | "held";

export interface Sent<State extends Wait = Wait> {
  readonly id: string;
  readonly channelId: string;
  readonly state: State;
  /** Members that acknowledged, of the live ones it was sent to. */
  readonly acked: number;
  readonly of: number;
  /** Of those that acknowledged, they that know only the seed: they have received it, and promise no more. */
  readonly bare: number;
  /** What ended a wait for `held`; absent for any other, whoever may hold it. */
  readonly held?: readonly HeldView[];
}

/** A post lies in a mailbox of a member that is away. */
export interface HeldView {
  readonly nodeId: string;
  readonly name: string;
  /** The mailbox. */
  readonly by: string;
  readonly byName: string;
  /** Until when it keeps it, in milliseconds since 1970. */
  readonly until: number;
}

/** What is to be done to a post, by its id. */
export interface PostRequest {
  readonly id: string;
  readonly wait?: PlainWait;
  readonly timeoutMs?: number;
}

/** What was done to a post. */
export interface Done extends Sent<PlainWait> {
  /** The whole id of the post; `id` is that of the event which says what was done. */
  readonly post: string;
}

export interface Nick {
  readonly name: string;
  /** How others see it, unless they gave the node a name of their own. */
  readonly shownAs: string;
  /** The channels where it was said just now, as `#name`. */
  readonly channels: readonly string[];
}

export interface Topic {
  readonly channelId: string;
  readonly channel: string;
  /** Null where there is none; then nobody is its author either. */
  readonly text: string | null;
  readonly author: string | null;
  readonly authorName: string | null;
}

/** What is shown of a post besides its text. */
export interface PostView {
  /** `post`; another word for something of a later version, which is shown as its text. */
  readonly kind: string;
  /** The text is not the first one. */
  readonly edited: boolean;
  /** Its text is taken from view, and with it the reactions. */
  readonly deleted: boolean;
  readonly deletedByName: string | null;
  /** In the order of the first of each. */
  readonly reactions: readonly ReactionView[];
  readonly replyTo: QuoteView | null;
  /** What it announces, where it is a file. */
  readonly file: FileView | null;
  /** Dated more than a minute ahead: a clock is wrong. */
  readonly ahead: boolean;
}

/** What is shown of a text that is not signed. */
export const PLAIN: PostView = {
  kind: "post",
  edited: false,
  deleted: false,
  deletedByName: null,
  reactions: [],
  replyTo: null,
  file: null,
  ahead: false,
};

export interface ReactionView {
  readonly text: string;
  /** Node ids. */
  readonly authors: readonly string[];
  readonly authorNames: readonly string[];
  /** This node is among them. */
  readonly own: boolean;
}

/** What a post answers. */
export interface QuoteView {
  readonly id: string;
  /** Null where that post is not here. */
  readonly author: string | null;
  readonly authorName: string | null;
  /** The beginning of its text; null where it is not here, or deleted. */
  readonly excerpt: string | null;
}

export interface Entry extends PostView {
  readonly id: string;
  readonly channelId: string;
  /** `#name`, or the GUID of a channel without one. */
  readonly channel: string;
  /** A node id, or in the bare plane an endpoint. */
  readonly author: string;
  readonly authorName: string;
  readonly own: boolean;
  /** Milliseconds since 1970; of a signed post when its author says that it was written. */
  readonly at: number;
  /** As it stands now; empty once deleted. */
  readonly text: string;
  readonly verified: boolean;
  /** Of the entry of the kind `dropped`, which stands for messages that were dropped to keep a quota: how many. It has no id. */
  readonly count?: number;
  /** The user has muted its author: it is to be shown folded. */
  readonly muted: boolean;
}
