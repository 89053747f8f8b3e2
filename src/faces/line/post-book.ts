/**
 * The posts that were shown here lately, so that they can be named: each gets a number, which it keeps. The last one of
 * somebody is meant where none is named, since that is what people mostly mean.
 */

/** Posts that can be named by number; an older one by its id. */
const POSTS_MAX = 1_000;
/** A post that is so much older than one that stands there already has come late: two clocks differ by less. */
const LATE_MS = 10_000;

export interface NotedPost {
  readonly id: string;
  readonly channelId: string;
  readonly authorName: string;
  readonly own: boolean;
  /** A signature proves the author: something can be done to it. */
  readonly verified: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

export interface NumberedPost extends NotedPost {
  readonly number: number;
}

export class PostBook {
  /** By id, in the order shown. */
  readonly #posts = new Map<string, NumberedPost>();
  readonly #newestAt = new Map<string, number>();
  #last = 0;

  /** Notes a post that is shown. */
  note({ id, channelId, authorName, own, verified, at, text }: NotedPost): void {
    const number = this.#posts.get(id)?.number ?? ++this.#last;
    this.#posts.set(id, { number, id, channelId, authorName, own, verified, at, text });
    this.#newestAt.set(channelId, Math.max(at, this.#newestAt.get(channelId) ?? at));
    const [oldest] = this.#posts.keys();
    if (this.#posts.size > POSTS_MAX && oldest !== undefined) this.#posts.delete(oldest);
  }

  /** True for a post whose place is above some that are shown already. */
  isLate({ channelId, at }: Pick<NotedPost, "channelId" | "at">): boolean {
    return at < (this.#newestAt.get(channelId) ?? at) - LATE_MS;
  }

  /** A post has another text. */
  edited(id: string, text: string): void {
    const post = this.#posts.get(id);
    if (post !== undefined) this.#posts.set(id, { ...post, text });
  }

  /** @returns the post as it was; null where it was not shown */
  deleted(id: string): NumberedPost | null {
    const post = this.#posts.get(id) ?? null;
    this.#posts.delete(id);
    return post;
  }

  /** The last post in a channel that something can be done to, of the person or of somebody else. */
  last(channelId: string, own: boolean): NumberedPost | null {
    const fits = (post: NumberedPost) => post.channelId === channelId && post.own === own && post.verified;
    return [...this.#posts.values()].findLast(fits) ?? null;
  }

  /** The id of the post with a number; null where there is none. */
  idOf(number: number): string | null {
    return [...this.#posts.values()].find((post) => post.number === number)?.id ?? null;
  }

  /** The last so many of a channel, the oldest first. */
  latest(channelId: string, most: number): NumberedPost[] {
    return [...this.#posts.values()].filter((post) => post.channelId === channelId && post.verified).slice(-most);
  }
}
