/** What people say, as it is shown: posts, the late ones together and in their order, and what is done to them. */
import type { Entry, Status } from "../../app/api.ts";
import { type ChangeEvent, changeWords } from "../shared/change-words.ts";
import type { ChannelView, EventOf } from "../shared/door.ts";
import { excerptWords, quoted } from "../shared/entry-words.ts";
import { safeLines, safeText } from "../shared/safe-text.ts";
import { LatePosts } from "./late-posts.ts";
import { mentions } from "./mention.ts";
import { PostBook } from "./post-book.ts";
import { furtherLines, type Manner, postLines } from "./post-lines.ts";
import type { Screen } from "./screen.ts";

/** What is known of channels elsewhere. */
export interface Channels {
  isCurrent(channelId: string): boolean;
  isJoined(channelId: string): boolean;
  /** Fit to be shown. */
  labelOf(channelId: string): string;
}

type Post = EventOf<"post">;

export class Conversation {
  /** The posts that were shown, by which commands name them. */
  readonly posts = new PostBook();
  readonly #screen: Screen;
  readonly #channels: Channels;
  readonly #late = new LatePosts<Post>();
  /** What channels are about, perhaps nothing. */
  readonly #topics = new Map<string, string>();
  /** Our own node, and what the person calls himself. */
  #self = "";
  #nick = "";

  constructor(screen: Screen, channels: Channels) {
    this.#screen = screen;
    this.#channels = channels;
  }

  begin({ nodeId, name }: Status, channels: readonly ChannelView[]): void {
    this.#self = nodeId;
    this.#nick = name;
    for (const { id, topic } of channels) this.#topics.set(id, topic ?? "");
  }

  /** The person has another name from now on. */
  callYourself(name: string): void {
    this.#nick = name;
  }

  /** ` (tea and cake)`; empty for a channel without a topic. */
  topicWords(channelId: string): string {
    const topic = this.#topics.get(channelId) ?? "";
    return topic === "" ? "" : ` (${safeText(topic)})`;
  }

  /** Shows a post of the time before. */
  showPast(entry: Entry): void {
    this.posts.note(entry);
    this.#screen.print(...postLines({ ...entry, shown: entry }, this.#manner(entry, true, false)));
  }

  /** @param isTyped - it stands on the screen already, as it was typed */
  onPost(post: Post, isTyped: boolean, now: number): void {
    if (!post.own && this.posts.isLate(post)) return this.#late.hold(post, now);
    this.posts.note(post);
    if (!isTyped) this.#show(post, false);
  }

  /** When {@link showLate} has something to show at the earliest. */
  get dueAt(): number {
    return this.#late.dueAt;
  }

  /** Shows the posts that came after newer ones, once no more of them come. */
  showLate(now: number): void {
    for (const posts of this.#late.take(now)) {
      for (const post of posts) {
        this.posts.note(post);
        this.#show(post, true);
      }
    }
  }

  onChange(event: ChangeEvent): void {
    if (event.type === "nick" && event.own) this.#nick = event.nick;
    if (event.type === "topic") this.#topics.set(event.channelId, event.text);
    if (event.type === "post-edited") this.posts.edited(event.id, event.text);
    if (event.type === "post-deleted") this.posts.deleted(event.id);
    if ("id" in event && this.#changeHeld(event)) return;
    if (this.#isOfInterest(event)) this.#tell(event);
  }

  /** A post was shown and counts no more: its author had no role there. One that still waits to be shown never is. */
  onGone({ id, channelId }: EventOf<"post-gone">): void {
    if (
      this.#late.change(
        (post) => post.id === id,
        () => null,
      )
    )
      return;
    const post = this.posts.deleted(id);
    if (post === null || !this.#channels.isCurrent(channelId)) return;
    this.#screen.quiet(
      `${post.own ? "what you said" : `what ${safeText(post.authorName)} said`} counts no more, for want of a role: ${quoted(excerptWords(post.text))}`,
    );
  }

  #show(post: Post, late: boolean): void {
    const manner = this.#manner(post, post.kept, late);
    this.#screen.print(...postLines(post, manner));
    if (manner.toYou) this.#screen.ring();
  }

  #manner({ channelId, text, own }: Entry | Post, isKept: boolean, late: boolean): Manner {
    const isHere = this.#channels.isCurrent(channelId);
    const where = isHere ? null : `${this.#channels.labelOf(channelId)}${isKept ? "" : " (not joined, not kept)"}`;
    return { where, late, toYou: !own && mentions(text, this.#nick), colour: this.#screen.colour };
  }

  /** A post that waits to be shown is shown as it is then. */
  #changeHeld(event: Extract<ChangeEvent, { readonly id: string }>): boolean {
    return this.#late.change(
      ({ id }) => id === event.id,
      (post) => (event.type === "post-deleted" ? null : event.type === "post-edited" ? { ...post, text: event.text } : post),
    );
  }

  #isOfInterest(event: ChangeEvent): boolean {
    if (this.#channels.isCurrent(event.channelId)) return true;
    if (!this.#channels.isJoined(event.channelId) || event.type === "nick") return false;
    return event.type !== "reaction" || event.postAuthor === this.#self; // others' are too little to be told from afar
  }

  #tell(event: ChangeEvent): void {
    const words = changeWords(event, this.#self);
    if (words === null) return;
    const where = this.#channels.isCurrent(event.channelId) ? "" : `${this.#channels.labelOf(event.channelId)}: `;
    if (event.type !== "post-edited") return this.#screen.quiet(`${where}${words}`);
    const [first = "", ...more] = safeLines(event.text);
    this.#screen.quiet(`${where}${words} ${first}`);
    if (more.length > 0) this.#screen.print(...furtherLines(more));
  }
}
