/**
 * The running parts of one node, put together: core, run loop, sockets, store, and those who listen. It knows no
 * requests; the door in front of it is `LocalDoor`. ARCHITECTURE.md "App".
 */
import { setImmediate as turn } from "node:timers/promises";
import {
  type BlockOutput,
  type Change,
  type Command,
  type Input,
  type Instant,
  Node,
  type NodeConfig,
  type NodeEvent,
  type Store,
  type StoredNick,
  US_PER_MS,
} from "../core/index.ts";
import { instant, type LanView, type Mapper, type NodeSockets, RunLoop, type RunLoopHandlers, type Transport } from "../net/index.ts";
import type { Endpoint, Guid } from "../wire/index.ts";
import { ApiError, type NamedEvent } from "./api.ts";
import { Audience } from "./audience.ts";
import { type ChannelName, shownName } from "./channel-name.ts";
import type { ContactBook } from "./contact-book.ts";
import type { FileRoom } from "./files/file-room.ts";
import { KnownNodes } from "./known-nodes.ts";
import type { Log } from "./log.ts";
import { Names } from "./names.ts";
import { nickText, OwnNick } from "./own-nick.ts";
import { newPostId } from "./posting.ts";
import type { QuietBook } from "./quiet-book.ts";
import { Retention } from "./retention.ts";
import { storeCode, storeFault } from "./store-fault.ts";
import { talkName } from "./talk.ts";
import { Waits } from "./waits.ts";
import { Warnings } from "./warnings.ts";

/** Of the 4 s that an end may take: for datagrams that the system has not taken yet, and for a store that flushes. */
const DRAIN_MS = 300;
const FLUSH_MS = 2_500;

/** What the user keeps of other nodes; one of each for all doors. */
export interface Books {
  readonly quiet: QuietBook;
  readonly contacts: ContactBook;
}

export class Engine implements RunLoopHandlers {
  readonly config: NodeConfig;
  readonly core: Node;
  readonly store: Store;
  readonly contacts: ContactBook;
  readonly quiet: QuietBook;
  readonly names: Names;
  /** What this node calls itself. */
  readonly nick: OwnNick;
  readonly log: Log;
  readonly sockets: NodeSockets;
  readonly audience = new Audience((on) => this.#loop.command({ kind: "tap", on }));
  readonly waits = new Waits();
  readonly warnings = new Warnings();
  readonly retention = new Retention(this);
  /** The nodes with which all is said inside a session. */
  readonly sessions = new Set<string>();
  /** How the node is known on its networks; null while it is to be found by address only. */
  lan: (() => LanView) | null = null;
  /** Configured peers that have a name, as `host:port`. */
  peerNames: () => readonly string[] = () => [];
  /** The files that are kept here; null for a node that keeps nothing. */
  files: FileRoom | null = null;
  /** What keeps a port of the gateway open; null while none is asked for. */
  mapper: Mapper | null = null;
  readonly #known: KnownNodes;
  readonly #loop: RunLoop;
  readonly #startedAt = instant();
  readonly #halted = Promise.withResolvers<void>();
  #storeFailed: string | null = null;
  #halting = false;

  /**
   * Takes over `store`, `log` and `sockets`, whose datagrams it gets from `begin` on.
   * @param books - whom the user knows, and whom he does not want to hear
   * @param nick - what the node calls itself
   */
  constructor(config: NodeConfig, { quiet, contacts }: Books, nick: string, store: Store, log: Log, sockets: NodeSockets) {
    this.config = config;
    this.quiet = quiet;
    this.core = new Node(config, instant());
    this.store = store;
    this.contacts = contacts;
    this.#known = new KnownNodes(store.nicks());
    this.#known.meet(this.core.nodeId, nick);
    this.names = new Names(this.#known, this.contacts, quiet);
    this.nick = new OwnNick(nickText(nick), this.core, instant);
    this.#showOwnNick();
    this.log = log;
    this.sockets = sockets;
    this.#loop = new RunLoop(this.core, sockets, this, config.epoch, undefined, () => sockets.ownEndpoints);
  }

  /** Names are what a CA says, and not what anybody calls himself. */
  get isCertified(): boolean {
    return this.config.certificates.pinned;
  }

  begin(): void {
    this.#loop.begin();
    this.retention.begin();
    for (const channelId of this.nick.outdated()) this.sayNick(channelId);
  }

  /** Calls this node something else, in later runs too, and says so in every open channel. @returns those channels */
  rename(name: string): Guid[] {
    this.nick.set(nickText(name));
    this.#showOwnNick();
    this.#writeNick({ nodeId: this.core.nodeId, nick: this.nick.text, at: Date.now(), said: Date.now() * US_PER_MS });
    const channels = this.nick.everywhere();
    for (const channelId of channels) this.sayNick(channelId);
    return channels;
  }

  /** What the node calls itself is what is shown of it here, whatever it has said so far. */
  #showOwnNick(): void {
    this.#noteNick(this.core.nodeId, this.nick.text, Date.now() * US_PER_MS);
  }

  /** Says in a channel what the node calls itself, where that is not known there. To be called before anything is written there. */
  sayNick(channelId: Guid): void {
    if (!this.nick.isDue(channelId) || this.core.writeRefusal(channelId, "nick") !== null) return;
    this.nick.said(channelId);
    this.command({ kind: "act", id: newPostId(), channelId, act: { kind: "nick", text: this.nick.text } });
  }

  /** The channels that the user is in, by what they are called. */
  joined(): ChannelName[] {
    return this.core.joined().map((channel) => (channel.pair === null ? channel : { ...channel, name: talkName(this, channel.pair) }));
  }

  /** A question to the store. @throws ApiError */
  read<T>(read: () => T): T {
    this.checkRunning();
    try {
      return read();
    } catch (error) {
      throw storeFault(error);
    }
  }

  get now(): Instant {
    return instant();
  }

  get uptimeMs(): number {
    return Math.round(instant() - this.#startedAt);
  }

  /** Null while the store works, else the stable code of its failure. */
  get storeFailed(): string | null {
    return this.#storeFailed;
  }

  /** Resolves once LEAVE is said, the store is flushed and the sockets are closed. */
  get halted(): Promise<void> {
    return this.#halted.promise;
  }

  /** Somebody on the local network says that a node is there. */
  tryCandidate(endpoint: Endpoint): void {
    if (this.running) this.#loop.input({ kind: "candidate", endpoint });
  }

  /** Where the gateway lets everybody in; null when it does not any more. */
  noteMapped(transport: Transport, endpoint: Endpoint | null): void {
    if (!this.running) return;
    this.#loop.input({ kind: "mapped", transport, endpoint });
    this.log.info("mapped", { transport, endpoint });
  }

  /** @throws ApiError `stopping` from the first `halt` on */
  command(command: Command): void {
    this.checkRunning();
    this.#loop.command(command);
  }

  /** Gives the core the answer to an output of its; nothing from the first `halt` on. */
  input(input: Input): void {
    this.#loop.input(input);
  }

  onBlocks(output: BlockOutput): void {
    this.files?.take(output);
  }

  /** False from the first `halt` on. */
  get running(): boolean {
    return !this.#halting;
  }

  /** @throws ApiError `stopping` */
  checkRunning(): void {
    if (this.#halting) throw ending();
  }

  onEvent(event: NodeEvent): void {
    if (event.type === "store-failed") this.#onStoreFailed(event.code);
    else if (event.type === "store-recovered") this.#onStoreRecovered();
    const formerName = event.type === "nick" ? this.names.of(event.author) : "";
    this.#note(event);
    this.waits.take(event);
    if (this.audience.isListening)
      this.audience.tell(this.#withChannelName(this.names.event(event, { self: this.core.nodeId, formerName })));
  }

  /** A channel with an owner is called by more than its name. */
  #withChannelName(event: NamedEvent): NamedEvent {
    if (event.type !== "joined" && event.type !== "charter") return event;
    const joined = this.joined();
    const channel = joined.find(({ id }) => id === event.channelId);
    if (channel === undefined) return event;
    const name = shownName(channel, joined);
    return event.type === "joined" ? { ...event, name } : { ...event, called: name };
  }

  /** What later questions and names are answered from. */
  #note(event: NodeEvent): void {
    this.warnings.take(event, Date.now());
    if (event.type === "session-up") {
      this.sessions.add(event.peer);
      this.#known.meet(event.peer, event.nick);
    } else if (event.type === "session-down") this.sessions.delete(event.peer);
    else if (event.type === "left") this.nick.left(event.channelId);
    else if (event.type === "nick") this.#noteNick(event.author, event.nick, event.hlc);
    else if (event.type === "post" && event.verified && event.kept) this.#keepNick(event.author);
    else if (event.type === "request") this.#keepNick(event.peer); // by which it is accepted, perhaps in a later run
  }

  /** A signed nick is known whether its owner was ever met or not. */
  #noteNick(nodeId: string, nick: string, said: number): void {
    if (this.isCertified || !this.#known.say(nodeId, nick, said)) return;
    if (nodeId !== this.core.nodeId) this.#writeNick({ nodeId, nick, at: Date.now(), said }); // ours is kept where the user gives it
  }

  /** Names are shown when their owners are away: what somebody calls himself is kept with what he says, or that he wants to talk. */
  #keepNick(nodeId: string): void {
    const nick = this.#known.remember(nodeId);
    if (nick !== null) this.#writeNick({ nodeId, nick, at: Date.now() });
  }

  #writeNick(nick: StoredNick): void {
    this.store.write([{ kind: "nick", nick }]).catch((error: unknown) => {
      this.log.warn("nick-not-kept", { code: storeCode(error) }); // history shows letters of the id then
    });
  }

  /**
   * Resolves once all that was given to the store so far is on the disk, so that a command may say that it is done. What cannot
   * be kept is told as such by the node, and tried again.
   */
  async kept(): Promise<void> {
    await this.store.write([]).catch(() => {}); // batches are kept in their order
  }

  onSave(batch: number, changes: readonly Change[]): void {
    this.store.write(changes).then(
      () => this.#loop.input({ kind: "saved", batch }),
      (error: unknown) => this.#loop.input({ kind: "save-failed", batch, code: storeCode(error) }),
    );
  }

  /** Ends the node within 3 s, even when the store hangs. The second call waits for what the first one does. */
  async halt(): Promise<void> {
    if (!this.#halting) await this.#halt();
    await this.halted;
  }

  async #halt(): Promise<void> {
    this.#halting = true;
    this.log.info("stopping");
    this.retention.end();
    this.waits.end(ending());
    await turn(); // a listener may have asked for the end: let the step under way be carried out
    this.#loop.command({ kind: "shutdown" });
    this.#loop.end();
    await Promise.all([this.sockets.drain(DRAIN_MS), this.#closeStore(), this.mapper?.end()]);
    this.sockets.closeAll();
    this.#halted.resolve();
  }

  async #closeStore(): Promise<void> {
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(() => late.resolve("late"), FLUSH_MS);
    const closed = this.store.close().catch((error: unknown) => this.log.error("store-close-failed", { code: storeCode(error) }));
    if ((await Promise.race([closed, late.promise])) === "late") this.log.error("store-hangs", { waitedMs: FLUSH_MS });
    clearTimeout(timer);
  }

  #onStoreFailed(code: string): void {
    this.#storeFailed = code;
    this.log.error("store-failed", { code });
  }

  #onStoreRecovered(): void {
    this.#storeFailed = null;
    this.log.info("store-recovered");
  }
}

function ending(): ApiError {
  return new ApiError("stopping", "the node is ending: start it again");
}
