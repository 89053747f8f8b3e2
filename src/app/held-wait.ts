/**
 * `send` that waits until a mailbox holds the text for a member that is away, or all members have it. PROTOCOL.md §22.6.
 *
 * 1. Where neither can be, it is refused before anything is written.
 * 2. A mailbox has said that the event is on its disk, or each member that it is on its own: nothing less ends the wait with success.
 * 3. When nobody is left who could say either, the wait ends at once, and not with its time.
 */
import type { NodeEvent, RecipientView } from "../core/index.ts";
import type { Guid } from "../wire/index.ts";
import { ApiError, type HeldView, type Sent } from "./api.ts";
import { type ChannelName, channelLabel } from "./channel-name.ts";
import type { Engine } from "./engine.ts";
import { notSaved, stalled } from "./posting.ts";

type PostState = Extract<NodeEvent, { type: "post-state" }>;

/** Members of whom an error speaks. */
const NAMED_MAX = 3;
const MAILBOX_WORDS = {
  reached: "has not said yet that it holds it",
  refused: "did not take it, and is asked again after a minute",
  away: "is not reached",
} as const;

/** @throws ApiError `no-mailbox` where nobody would hold a text, and nobody is there to take it */
export function checkHoldable(engine: Engine, channel: ChannelName): void {
  const label = channelLabel(channel);
  const recipients = engine.core.recipients(channel.id, engine.now);
  if (recipients === null)
    throw new ApiError(
      "no-mailbox",
      `what is said in ${label} is left in no mailbox: that is for private channels and talks of two. Nothing was sent: wait for saved or delivered`,
    );
  if (recipients.length === 0) throw new ApiError("no-mailbox", `nobody else is in ${label}: nothing was sent`);
  if (recipients.some(({ isHere, mailboxes }) => isHere || mailboxes.length > 0)) return;
  const why = withoutMailbox(engine, recipients);
  throw new ApiError("no-mailbox", `${why} Nothing was sent: wait for saved, and it goes to whoever comes`);
}

export class HeldWait {
  readonly #engine: Engine;
  readonly #channelId: Guid;
  /** What is known of the post since it was saved. */
  #state: PostState | null = null;

  constructor(engine: Engine, channelId: Guid) {
    this.#engine = engine;
    this.#channelId = channelId;
  }

  /**
   * To be called before the post is put to the core.
   * @param id - of the command
   * @throws ApiError `timeout`, `store-failed`, `not-held`
   */
  until(id: string, timeoutMs: number): Promise<Sent> {
    const topics = [`post ${id}`, `held in ${this.#channelId}`] as const;
    const late = () => this.#late(timeoutMs);
    return this.#engine.waits.until(topics, timeoutMs, (event) => this.#look(event), late);
  }

  /** @returns undefined to wait on @throws ApiError `store-failed`, `not-held` */
  #look(event: NodeEvent): Sent | undefined {
    if (event.type === "held") return event.id === this.#state?.id ? this.#held(event) : undefined;
    if (event.type !== "post-state") return undefined;
    if (event.state === "stalled") throw stalled(event.reason);
    if (event.state === "failed" && this.#state === null) throw notSaved(event.reason);
    this.#state = event;
    const { id, channelId, state, acked, of, bare = 0 } = event;
    if (state === "saved") return undefined;
    const recipients = this.#recipients() ?? [];
    if (state === "delivered" && acked >= recipients.length) return { id, channelId, state, acked, of, bare };
    if (recipients.some(({ isHere, mailboxes }) => !isHere && mailboxes.length > 0)) return undefined;
    if (state === "waiting" && recipients.some(({ isHere }) => isHere)) return undefined; // it goes to who has come
    throw this.#notHeld(event, recipients);
  }

  #late(timeoutMs: number): ApiError {
    const awaited = (this.#recipients() ?? []).flatMap((recipient) => this.#awaited(recipient) ?? []);
    const words = awaited.length === 0 ? "" : ` Awaited: ${few(awaited, "; ")}.`;
    return new ApiError(
      "timeout",
      `no mailbox said within ${timeoutMs / 1_000} s that it holds the text, which is saved here and goes on.${words}`,
    );
  }

  #held({ for: nodeId, by, until }: Extract<NodeEvent, { type: "held" }>): Sent {
    const { id = "", channelId = this.#channelId, acked = 0, of = 0, bare = 0 } = this.#state ?? {};
    const { names } = this.#engine;
    const held: HeldView = { nodeId, name: names.of(nodeId), by, byName: names.of(by), until };
    return { id, channelId, state: "held", acked, of, bare, held: [held] };
  }

  #notHeld({ acked }: PostState, recipients: readonly RecipientView[]): ApiError {
    const away = recipients.filter(({ isHere }) => !isHere);
    const got = acked === 0 ? "nobody has it yet" : `${acked} of ${recipients.length} have it`;
    const why = away.length === 0 ? "" : ` ${withoutMailbox(this.#engine, away)}`;
    return new ApiError("not-held", `the text is saved here, and goes to whoever comes; ${got}.${why}`);
  }

  /** What a recipient has to say before the text has come to it; null where nothing can. */
  #awaited({ nodeId, isHere, mailboxes }: RecipientView): string | null {
    const { names } = this.#engine;
    if (isHere) return `${names.of(nodeId)} is here, and has not confirmed it`;
    if (mailboxes.length === 0) return null;
    const states = mailboxes.map((mailbox) => `its mailbox ${names.of(mailbox.nodeId)} ${MAILBOX_WORDS[mailbox.state]}`);
    return `${names.of(nodeId)} is away, and ${states.join(", ")}`;
  }

  #recipients(): RecipientView[] | null {
    const { core, now } = this.#engine;
    return core.recipients(this.#channelId, now);
  }
}

function withoutMailbox({ names }: Engine, away: readonly RecipientView[]): string {
  const who = few(away.map(({ nodeId }) => names.of(nodeId)));
  const [is, whose] = away.length === 1 ? ["is", "its user can ask"] : ["are", "their users can ask"];
  return `${who} ${is} away, and no mailbox is known that holds anything: ${whose} a contact to be one (ptpchat mailbox add).`;
}

function few(words: readonly string[], between = ", "): string {
  const more = words.length - NAMED_MAX;
  return words.slice(0, NAMED_MAX).join(between) + (more > 0 ? `${between}and ${more} more` : "");
}
