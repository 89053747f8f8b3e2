import type { Guid } from "../wire/index.ts";
import type { PeerId } from "./io.ts";
import type { Event } from "./log/event.ts";

/** One post of ours, until every member it went to has acknowledged or failed. */
export interface Post {
  /** The command that it came from. */
  readonly command: string;
  /** Its id from then on; that of the command, or of the signed event. */
  id: string;
  readonly channelId: Guid;
  /** What those get that know only texts of the seed; null for what is no text. */
  readonly text: string | null;
  /** What it is in an open channel, once it is on the disk. */
  event: Event | null;
  /** Whom it was addressed to. */
  readonly to: Set<PeerId>;
  of: number;
  acked: number;
  /** Of those, they that know only the seed. */
  bare: number;
  open: number;
  reason: string | null;
}

/** Own posts on their way. Each leaves when its outcome is known, so outboxes bound them, and what an open channel keeps for whoever comes. */
export class PostTable {
  readonly #posts = new Map<string, Post>();

  add(id: string, channelId: Guid, text: string | null): Post {
    const none = { of: 0, acked: 0, bare: 0, open: 0, reason: null };
    const post: Post = { command: id, id, channelId, text, event: null, to: new Set(), ...none };
    this.#posts.set(id, post);
    return post;
  }

  /** The post of that command is this event. */
  name(command: string, id: string): void {
    const post = this.#posts.get(command);
    if (post !== undefined) post.id = id;
  }

  /** One that nobody has confirmed goes to somebody who has come. */
  addressTo(command: string, to: PeerId): void {
    const post = this.#posts.get(command);
    if (post === undefined) return;
    post.to.add(to);
    post.of++;
    post.open++;
  }

  get(id: string): Post | undefined {
    return this.#posts.get(id);
  }

  remove(id: string): void {
    this.#posts.delete(id);
  }
}
