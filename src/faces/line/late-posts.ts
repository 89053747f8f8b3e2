/**
 * Posts that come after newer ones were shown: members bring the newest first. They are held for a moment, so that they
 * can be shown together and in their order.
 */

/** Members send what is missing in one go: when nothing came for so long, ... */
const QUIET_MS = 500;
/** ... or the first one has waited for so long, they are shown. */
const HELD_MAX_MS = 3_000;
const HELD_MAX = 500;

export class LatePosts<Post extends { readonly at: number; readonly channelId: string }> {
  #held: Post[] = [];
  #since = 0;
  #dueAt = Number.POSITIVE_INFINITY;

  hold(post: Post, now: number): void {
    if (this.#held.length === 0) this.#since = now;
    this.#held.push(post);
    this.#dueAt = this.#held.length >= HELD_MAX ? now : Math.min(now + QUIET_MS, this.#since + HELD_MAX_MS);
  }

  /** Changes a post that is held. @returns false when it is not */
  change(fits: (post: Post) => boolean, to: (post: Post) => Post | null): boolean {
    const found = this.#held.some(fits);
    this.#held = this.#held.flatMap((post) => (fits(post) ? (to(post) ?? []) : post));
    return found;
  }

  /** When {@link take} has something to give at the earliest. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** Those that are due, channel by channel, each in the order of its times. */
  take(now: number): Post[][] {
    if (now < this.#dueAt) return [];
    const byChannel = Map.groupBy(this.#held, ({ channelId }) => channelId);
    this.#held = [];
    this.#dueAt = Number.POSITIVE_INFINITY;
    return [...byChannel.values()].map((posts) => posts.sort((a, b) => a.at - b.at));
  }
}
