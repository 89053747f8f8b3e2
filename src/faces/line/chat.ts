/** The line chat: what a person types goes to the node, what happens there is shown, one plain line at a time. */
import { randomInt } from "node:crypto";
import { ApiError, type Status } from "../../app/api.ts";
import { channelLabel, channelWord } from "../shared/channel-word.ts";
import { reasonWords, stepWords, unresolvedWords } from "../shared/connect-words.ts";
import type { Door, EventOf, NodeEvent, PeerView } from "../shared/door.ts";
import { mailboxWords } from "../shared/mailbox-words.ts";
import { nearest } from "../shared/nearest.ts";
import { refusalWords } from "../shared/refusal-words.ts";
import { safeText } from "../shared/safe-text.ts";
import { Seldom } from "../shared/seldom.ts";
import { storeRemedy } from "../shared/store-words.ts";
import { clockWords, forkWords, ownClockWords, pastLines, rolledBackWords, warningLines } from "../shared/warning-words.ts";
import { someNames } from "../shared/who-words.ts";
import { Acquaintances } from "./acquaintances.ts";
import { CHAT_COMMANDS } from "./chat-commands.ts";
import type { Clock } from "./clock.ts";
import { Conversation } from "./conversation.ts";
import { HeldPosts } from "./held-posts.ts";
import { firstHint, requestWords, trustHint } from "./hints.ts";
import { isModeration, moderationLine } from "./moderation-lines.ts";
import { NoticeFilter } from "./notices.ts";
import { OwnPosts } from "./own-posts.ts";
import { Presence } from "./presence.ts";
import type { Screen } from "./screen.ts";

/** Entries of a channel's past that are shown when it comes into view. */
const PAST_SHOWN = 10;
/** Warnings that a person is greeted with; /status has all. */
const WARNINGS_SHOWN_MAX = 3;
/** References are told apart among the clients of one node; JSON numbers are exact below this. */
const REF_MAX = 2 ** 47;

interface Channel {
  readonly id: string;
  readonly name: string;
}

export class Chat {
  readonly door: Door;
  readonly screen: Screen;
  readonly notices = new NoticeFilter();
  readonly #clock: Clock;
  readonly #channels = new Map<string, Channel>();
  readonly #presence = new Presence((id) => {
    const channel = this.#channels.get(id);
    return channel === undefined ? null : channelLabel(channel);
  });
  readonly #acquaintances = new Acquaintances();
  readonly #warned = new Seldom();
  readonly #own = new OwnPosts();
  readonly #held = new HeldPosts();
  readonly conversation: Conversation;
  readonly #connects = new Set<number>();
  readonly #background = new Set<Promise<void>>();
  #current: Channel | null = null;
  #self = "";
  #queue: Promise<void> = Promise.resolve();
  #quitting = false;
  /** True once the person knows how to make sure of others. */
  #hinted = true;
  #alarm: { readonly at: number; readonly cancel: () => void } | null = null;
  readonly #onQuit: () => void;

  /** @param onQuit - called once when the person wants to go */
  constructor(door: Door, screen: Screen, clock: Clock, onQuit: () => void) {
    this.door = door;
    this.screen = screen;
    this.#clock = clock;
    this.#onQuit = onQuit;
    this.conversation = new Conversation(screen, {
      isCurrent: (channelId) => this.isCurrent(channelId),
      isJoined: (channelId) => this.#channels.has(channelId),
      labelOf: (channelId) => this.#labelOf(channelId),
    });
  }

  /** Shows who and where we are, and the first channel, or how to get into one. */
  async begin(): Promise<void> {
    this.door.subscribe((event) => this.#onEvent(event));
    const { api } = this.door;
    const [status, channels, peers, contacts] = await Promise.all([api.status(), api.channels(), api.peers(), api.contacts()]);
    this.#hinted = contacts.length > 0;
    this.#self = status.nodeId;
    this.#greet(status, peers);
    this.conversation.begin(status, channels);
    for (const channel of channels) this.learn(channel);
    const [first, ...more] = channels;
    if (first === undefined) this.screen.print(...firstHint(status.udp, status.name));
    else await this.show(channelLabel(first));
    if (more.length > 0)
      this.screen.quiet(`you are also in ${more.map((channel) => safeText(channelLabel(channel))).join(", ")}: /switch #name`);
  }

  #greet(status: Status, peers: readonly PeerView[]): void {
    this.#presence.begin(peers, this.#clock.now());
    const here = peers.filter(({ live }) => live).map(({ name }) => name);
    for (const name of here) this.#acquaintances.meet(name);
    const there = `; ${here.length === 0 ? "nobody is here" : `here: ${someNames(here)}`}`;
    const node = this.door.own ? "your node listens" : "attached to the running node, which listens";
    this.screen.quiet(
      `you are ${safeText(status.shownAs)}; ${node} on UDP ${status.udp}${this.door.own ? "" : there}`,
      ...(status.peers.unresolved.length === 0 ? [] : [safeText(unresolvedWords(status.peers.unresolved))]),
      ...warningLines(status.warnings, Date.now()).slice(0, WARNINGS_SHOWN_MAX),
    );
  }

  /** Takes one line that was typed; lines are carried out in order. */
  type(line: string): void {
    this.#queue = this.#queue.then(() => this.#attempt(() => this.#carryOut(line)));
  }

  /** Waits for everything typed so far. */
  async settle(): Promise<void> {
    await this.#queue;
    await Promise.all(this.#background);
  }

  async quit(): Promise<void> {
    if (this.#quitting) return;
    this.#quitting = true;
    this.#onQuit();
  }

  /** Runs what the node goes on with when the person quits: nobody waits for it then. */
  beside(act: () => Promise<void>): void {
    void this.#attempt(act);
  }

  /** Runs what takes long beside the lines that follow. */
  inBackground(act: () => Promise<void>): void {
    const running = this.#attempt(act).finally(() => this.#background.delete(running));
    this.#background.add(running);
  }

  /** @returns the reference under which the steps of a CONNECT will be shown */
  watchConnect(): number {
    const ref = randomInt(1, REF_MAX);
    this.#connects.add(ref);
    return ref;
  }

  /** A CONNECT that has ended. */
  forgetConnect(ref: number): void {
    this.#connects.delete(ref);
  }

  /** Notes a channel that we are in. */
  learn({ id, name }: Channel): void {
    this.#channels.set(id, { id, name });
  }

  /** A channel that we are in, by name or GUID. */
  find(word: string): Channel | null {
    const normal = (text: string) => text.normalize("NFC").toLowerCase();
    const all = [...this.#channels.values()];
    const exact = all.find((channel) => normal(channelLabel(channel)) === normal(word) || channel.id === normal(word));
    if (exact !== undefined) return exact;
    const owned = all.filter((channel) => isNamedBy(normal(channelLabel(channel)), normal(word)));
    return owned.length === 1 ? (owned[0] ?? null) : null;
  }

  /** The chat's clock, in ms. */
  get now(): number {
    return this.#clock.now();
  }

  /** The channel in view. */
  get currentId(): string | null {
    return this.#current?.id ?? null;
  }

  isCurrent(channelId: string): boolean {
    return this.#current?.id === channelId;
  }

  /** The channel named, else the one in view; says so and gives null when there is none. */
  channelOr(name: string | undefined): string | null {
    const channel = name === undefined ? this.#current : this.find(channelWord(name));
    if (channel !== null) return channelLabel(channel);
    if (name !== undefined) return name; // perhaps one that the node knows better than we do: its answer decides
    this.screen.quiet("you look at no channel: /join #lobby");
    return null;
  }

  /** Brings a channel into view, with the end of its past. */
  async show(word: string): Promise<void> {
    const channel = this.find(word);
    if (channel === null) return this.screen.quiet(`you are not in ${safeText(word)}: /join ${safeText(word)}`);
    const label = channelLabel(channel);
    const [past, members] = await Promise.all([
      this.door.api.history({ channel: label, most: PAST_SHOWN }),
      this.door.api.members({ channel: label }),
    ]);
    this.#look(channel);
    for (const entry of past) this.conversation.showPast(entry);
    const here = members.filter(({ state }) => state !== "away").map(({ name }) => name);
    for (const name of here) this.#acquaintances.meet(name);
    const there = here.length === 0 ? "nobody else is here now" : `here: ${someNames(here)}`;
    this.screen.quiet(`you are in ${safeText(label)}${this.conversation.topicWords(channel.id)}; ${there}`);
  }

  /** What Tab may complete the last word to. */
  complete(line: string): readonly string[] {
    const word = line.slice(line.lastIndexOf(" ") + 1);
    if (word === "") return [];
    if (line.startsWith("/") && !line.includes(" "))
      return CHAT_COMMANDS.map(({ name }) => `/${name} `).filter((candidate) => candidate.startsWith(word));
    const channels = [...this.#channels.values()].map((channel) => `${channelLabel(channel)} `);
    const names = this.#acquaintances.beginningWith(word).map((name) => (line === word ? `${name}: ` : `${name} `));
    return [...channels.filter((candidate) => candidate.startsWith(word)), ...names.map(safeText)];
  }

  #look(channel: Channel | null): void {
    this.#current = channel;
    this.screen.setPrompt(channel === null ? "> " : `${safeText(channelLabel(channel))}> `);
  }

  async #carryOut(line: string): Promise<void> {
    if (line.trim() === "") return;
    if (!line.startsWith("/")) return this.say(line);
    if (line.startsWith("//")) return this.say(line.slice(1));
    const [name = "", ...words] = line.slice(1).trim().split(/\s+/);
    const command = CHAT_COMMANDS.find((known) => known.name === name.toLowerCase());
    if (command !== undefined) return command.run(this, words, line.slice(1).trim().slice(name.length).trim());
    const guess = nearest(
      name,
      CHAT_COMMANDS.map((known) => known.name),
    );
    this.screen.quiet(
      `there is no command /${safeText(name)}. ${guess === null ? "/help lists them" : `Did you mean /${guess}?`} (//text says a line that begins with a slash)`,
    );
  }

  /** Says a text in the channel in view. @param reply - the id of the post that it answers; then it is shown with that */
  async say(text: string, reply: string | null = null): Promise<void> {
    const channel = this.#current;
    if (channel === null) return this.screen.quiet("nobody got that: you look at no channel yet. /join #lobby");
    if (reply === null) this.#own.give(channel.id, text);
    try {
      await this.door.api.send({ channel: channelLabel(channel), text, ...(reply === null ? {} : { reply }) });
    } catch (error) {
      if (reply === null) this.#own.refuse(channel.id, text);
      if (error instanceof ApiError && error.code === "store-failed") return; // its state has told
      throw error;
    }
  }

  /** Puts what a command could not do into words; the chat goes on. */
  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.#quitting) return;
      this.screen.quiet(`not done: ${safeText(reasonWords(error) ?? error.message)}`);
    }
  }

  #onEvent(event: NodeEvent): void {
    const now = this.#clock.now();
    if (!("quiet" in event)) this.#presence.note(event, now); // nobody wants to know when those come and go
    this.#show(event, now);
    this.#setAlarm(now);
  }

  #show(event: NodeEvent, now: number): void {
    if (isModeration(event)) return this.#moderate(event, now);
    switch (event.type) {
      case "post":
        return this.#onPost(event, now);
      case "post-edited":
      case "post-deleted":
      case "reaction":
      case "topic":
      case "nick":
        return this.conversation.onChange(event);
      case "post-gone":
        return this.conversation.onGone(event);
      case "post-state": {
        const words = this.#own.stateWords(event, now);
        if (words !== null) this.screen.quiet(words);
        return;
      }
      case "connect":
        if (this.#connects.has(event.ref) && event.step.step !== "failed") this.screen.quiet(safeText(stepWords(event.step)));
        return;
      case "joined":
        return this.learn({ id: event.channelId, name: event.name });
      case "left":
        return this.#onLeft(event.channelId);
      case "session-refused":
        if (this.#connects.size > 0) return; // whoever connects is told why it failed
        return this.#warn(`${event.endpoint} ${event.reason}`, `no session with ?${event.endpoint}: ${refusalWords(event.reason)}`, now);
      case "clock-skew":
        return this.#warn(`clock of ${event.peer}`, clockWords(event), now);
      case "own-clock":
        if (!event.wrong) return this.screen.quiet("your clock agrees with those of the others again");
        return this.#warn("own clock", ownClockWords(event), now);
      case "log-finding":
        return this.#onFinding(event, now);
      case "request":
        return this.screen.quiet(requestWords(event));
      case "past":
        return this.#onPast(event);
      case "mailbox":
        return this.#warn(`mailbox ${event.node} ${event.keeps}`, mailboxWords(event), now);
      case "held":
        return this.#held.note(event, now);
      case "store-failed":
        return this.screen.quiet(`the store failed (${safeText(event.code)}): nothing new is kept. ${storeRemedy(event.code)}`);
      case "store-recovered":
        return this.screen.quiet("the store works again");
      default:
        return;
    }
  }

  #onPost(post: EventOf<"post">, now: number): void {
    if (!post.own) {
      this.notices.spoke(post.author, now);
      this.#acquaintances.meet(post.authorName);
    }
    if (post.own) this.#held.sent(post);
    const isTyped = post.own && this.#own.note(post); // then it stands there already
    this.conversation.onPost(post, isTyped, now);
  }

  #onPast({ channelId, rest }: EventOf<"past">): void {
    const channel = this.#channels.get(channelId);
    if (channel !== undefined) for (const line of pastLines(rest, channelLabel(channel))) this.screen.quiet(line);
  }

  /** Something is wrong with a log, ours or another's. */
  #onFinding({ finding, channelId, author, authorName }: EventOf<"log-finding">, now: number): void {
    const channel = this.#channels.get(channelId);
    if (channel === undefined || finding === "dated-back") return; // its entries show that themselves
    const label = channelLabel(channel);
    const words = finding === "fork" ? forkWords({ name: authorName, channel: label }) : rolledBackWords(label);
    this.#warn(`${finding} of ${author} in ${channelId}`, words, now);
  }

  #moderate(event: Parameters<typeof moderationLine>[0], now: number): void {
    const channel = this.#channels.get(event.channelId);
    if (channel === undefined) return;
    if (event.type === "charter") {
      this.learn({ id: event.channelId, name: event.called });
      if (this.isCurrent(event.channelId)) this.#look(this.#channels.get(event.channelId) ?? null);
    }
    const line = moderationLine(event, channelLabel(this.#channels.get(event.channelId) ?? channel), this.#self, now);
    if (line !== null) this.screen.quiet(line);
  }

  #warn(what: string, words: string, now: number): void {
    if (this.#warned.may(what, now)) this.screen.quiet(safeText(words));
  }

  /** Shows what is due: who came and went, and which messages take long. */
  #tick(): void {
    this.#alarm = null;
    const now = this.#clock.now();
    for (const notice of this.#presence.take(now)) {
      this.#acquaintances.meet(notice.name);
      const text = this.notices.shown(notice, now);
      if (text !== null) this.screen.quiet(safeText(text));
      if (text === notice.text && notice.isEncrypted) this.#hint(notice.name);
    }
    this.conversation.showLate(now);
    const slow = this.#own.slowWords(now);
    if (slow !== null) this.screen.quiet(slow);
    const held = this.#held.take(now);
    if (held !== null) this.screen.quiet(held);
    this.#setAlarm(now);
  }

  /** Said once, and only to who has no contacts yet. */
  #hint(name: string): void {
    if (this.#hinted) return;
    this.#hinted = true;
    this.screen.quiet(trustHint(safeText(name)));
  }

  #setAlarm(now: number): void {
    const at = Math.min(this.#presence.dueAt, this.#own.dueAt, this.#held.dueAt, this.conversation.dueAt);
    if (at === (this.#alarm?.at ?? Number.POSITIVE_INFINITY)) return;
    this.#alarm?.cancel();
    this.#alarm = at === Number.POSITIVE_INFINITY ? null : { at, cancel: this.#clock.after(Math.max(0, at - now), () => this.#tick()) };
  }

  #onLeft(channelId: string): void {
    this.#channels.delete(channelId);
    if (!this.isCurrent(channelId)) return;
    const [next] = this.#channels.values();
    this.#look(next ?? null);
  }

  #labelOf(channelId: string): string {
    const channel = this.#channels.get(channelId);
    return channel === undefined ? channelId : safeText(channelLabel(channel));
  }
}

/** `#garden`, and the whole link, name `#garden@3f2a` too. */
function isNamedBy(label: string, word: string): boolean {
  return label.startsWith("#") && label.includes("@") && (label.startsWith(`${word}@`) || word.startsWith(label));
}
