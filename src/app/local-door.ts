/**
 * The door of a node in its own process, one for each client: checks what is asked, puts it to the core, and waits for
 * the events that answer. What each command means stands in `api.ts`.
 */
import { createHash, X509Certificate } from "node:crypto";
import type { CertificateFacts, NodeEvent, PeerView, StoredKey } from "../core/index.ts";
import type { Endpoint } from "../wire/index.ts";
import { Acquainter } from "./acquainting.ts";
import type { Addresses } from "./addresses.ts";
import {
  type Api,
  ApiError,
  type ArchivePage,
  type Connected,
  type Diagnosis,
  type Done,
  type Entry,
  type Found,
  type Identity,
  type Imported,
  type Keeping,
  type KeyProtection,
  type MailboxesView,
  type NamedChannel,
  type NamedMember,
  type NamedPeer,
  type NamedRoute,
  type NamedWay,
  type Nick,
  type OwnMailboxView,
  type PlainWait,
  type PostRequest,
  type Sent,
  type Status,
  type Subscribe,
  type Topic,
  type Wait,
} from "./api.ts";
import { joinedChannel, noSuchChannel } from "./asked-channel.ts";
import type { Listener } from "./audience.ts";
import { type ChannelName, channelLabel, parseChannel, shownName } from "./channel-name.ts";
import { connectTo } from "./connecting.ts";
import { diagnose } from "./doctor.ts";
import type { Engine } from "./engine.ts";
import { checkHoldable, HeldWait } from "./held-wait.ts";
import { HistoryDoor } from "./history-door.ts";
import { historyWarnings } from "./history-warnings.ts";
import { droppedMark } from "./keeping.ts";
import { mailboxesOf, useMailbox } from "./mailboxes.ts";
import { namedChannels, namedMembers, namedPeers, namedRoutes, namedWays } from "./named-views.ts";
import { seenEntries } from "./past.ts";
import { connectTarget, peerEndpoint } from "./peer-name.ts";
import { checkMayWrite, deletePost, editPost, nick, reactTo, replyTarget, setTopic, topicOf, wholeId } from "./post-acts.ts";
import { newPostId, postText, sendLate, sentWhen } from "./posting.ts";
import { flag, optionalFlag, optionalIdOrTime, optionalText, optionalTexts, optionalWhole, optionalWord, text } from "./request.ts";
import { channelMeant, isTalk, talkNamed } from "./talk.ts";
import { VERSION } from "./version.ts";

/** What the node says of itself that the core does not know. */
export interface About {
  readonly name: string;
  /** The directory; empty for a node that keeps nothing. */
  readonly home: string;
  /** Where it listens for commands; null for a node that keeps nothing. */
  readonly socket: string | null;
  /** What the node's own certificate says. */
  readonly certificate: CertificateFacts;
  readonly keyProtection: KeyProtection;
  /** Configured names that have no address so far. */
  unresolved(): string[];
}

const HISTORY_DEFAULT = 50;
const HISTORY_MAX = 1_000;
const TIMEOUT_MS = 30_000;
const TIMEOUT_MS_MAX = 86_400_000;
/** As KEY on the wire bounds them. */
const CIPHER_MAX = 64;
const KEY_MAX = 4_096;

export class LocalDoor extends Acquainter implements Api {
  readonly #engine: Engine;
  readonly #about: About;
  readonly #addresses: Addresses;
  readonly #history: HistoryDoor;
  readonly #listener: Listener;
  readonly subscribe: Subscribe;

  constructor(engine: Engine, about: About, addresses: Addresses) {
    super(engine, addresses);
    this.#engine = engine;
    this.#about = about;
    this.#addresses = addresses;
    this.#history = new HistoryDoor(engine);
    this.#listener = engine.audience.enter();
    this.subscribe = this.#listener.subscribe;
  }

  async mailboxes(): Promise<MailboxesView> {
    this.#engine.checkRunning();
    return mailboxesOf(this.#engine);
  }

  async useMailbox(request: { node: string; on: boolean }): Promise<OwnMailboxView> {
    return useMailbox(this.#engine, text(request, "node"), flag(request, "on"));
  }

  /** The client is gone: it hears nothing any more, and its tap is off. */
  release(): void {
    this.#listener.leave();
  }

  async status(): Promise<Status> {
    const { core, config, now, uptimeMs, storeFailed, sockets, sessions, warnings, names, mapper } = this.#engine;
    const peers = core.peers(now);
    return {
      version: VERSION,
      nodeId: core.nodeId,
      name: this.#engine.nick.text,
      shownAs: names.of(core.nodeId),
      role: config.rendezvous ? "rendezvous" : "node",
      udp: sockets.local,
      mapped: [...new Set((mapper?.view.ports ?? []).map(({ outside }) => outside))],
      tcp: sockets.tcp,
      home: this.#about.home,
      keyProtection: this.#about.keyProtection,
      socket: this.#about.socket,
      pid: process.pid,
      uptimeMs,
      peers: { live: peers.filter(({ live }) => live).length, known: peers.length, unresolved: this.#about.unresolved() },
      sessions: sessions.size,
      channels: core.channels(now).length,
      warnings: [...warnings.list(Date.now(), (nodeId) => names.of(nodeId)), ...historyWarnings(this.#engine, Date.now())],
      store: { state: storeFailed === null ? "ok" : "failed", code: storeFailed },
      counters: core.counters(),
      socketErrors: sockets.errors,
      memory: { residentBytes: process.memoryUsage.rss() },
    };
  }

  async id(): Promise<Identity> {
    const { core, config } = this.#engine;
    return {
      nodeId: core.nodeId,
      name: this.#engine.nick.text,
      guid: core.guid,
      fingerprint: createHash("sha256").update(config.certificate).digest("hex"),
      certificate: new X509Certificate(config.certificate).toString(),
      issued: this.#about.certificate.issued,
      notAfter: this.#about.certificate.notAfter,
      keyProtection: this.#about.keyProtection,
    };
  }

  async peers(): Promise<NamedPeer[]> {
    return namedPeers(this.#engine);
  }

  async routes(): Promise<NamedRoute[]> {
    return namedRoutes(this.#engine);
  }

  async ways(): Promise<NamedWay[]> {
    return namedWays(this.#engine);
  }

  async channels(): Promise<NamedChannel[]> {
    return namedChannels(this.#engine);
  }

  async members(request: { channel: string }): Promise<NamedMember[]> {
    return namedMembers(this.#engine, this.#joined(request).id);
  }

  async join(request: { channel: string; at?: string[] }): Promise<{ channelId: string; name: string }> {
    if (this.#engine.config.rendezvous)
      throw new ApiError("usage", "a rendezvous represents nobody and joins no channel: use a node (ptpchat start)");
    const asked = text(request, "channel");
    const { id, name: given, genesis, pair } = isTalk(asked) ? talkNamed(this.#engine, asked) : parseChannel(asked);
    const texts = optionalTexts(request, "at");
    // Without a name to look up it is done before the next request is read.
    const at = texts.length === 0 ? [] : await this.#endpoints(texts);
    const name = pair === null ? this.#engine.core.joinedName(id) || given : ""; // one that is joined keeps the name that it is shown by
    this.#engine.command({
      kind: "join",
      channelId: id,
      name,
      at,
      ...(genesis === null ? {} : { genesis }),
      ...(pair === null ? {} : { pair }),
    });
    const joined = this.#engine.joined();
    const channel = joined.find((each) => each.id === id);
    await this.#engine.kept();
    return { channelId: id, name: channel === undefined ? name : shownName(channel, joined) };
  }

  async leave(request: { channel: string }): Promise<{ channelId: string }> {
    const { id } = this.#joined(request);
    this.#engine.command({ kind: "leave", channelId: id });
    await this.#engine.kept();
    return { channelId: id };
  }

  async send(request: { channel: string; text: string; reply?: string; wait?: Wait; timeoutMs?: number }): Promise<Sent> {
    const wait = optionalWord(request, "wait", ["saved", "held", "delivered"]) ?? "saved";
    const timeoutMs = timeoutOf(request);
    if (isTalk(text(request, "channel"))) await this.join({ channel: text(request, "channel") }); // who speaks to somebody begins the talk
    const channel = this.#joined(request);
    const { id: channelId } = channel;
    const words = postText(text(request, "text"));
    const replyId = optionalText(request, "reply");
    const reply = replyId === undefined ? undefined : replyTarget(this.#engine, channel, replyId);
    this.#engine.checkRunning();
    checkMayWrite(this.#engine, channelId, "post");
    if (wait === "held") checkHoldable(this.#engine, channel);
    this.#engine.sayNick(channelId);
    const id = newPostId();
    const sent = wait === "held" ? new HeldWait(this.#engine, channelId).until(id, timeoutMs) : this.#sent(id, wait, timeoutMs);
    this.#engine.command({ kind: "post", id, channelId, text: words, ...(reply === undefined ? {} : { reply }) });
    return sent;
  }

  #sent(id: string, wait: PlainWait, timeoutMs: number): Promise<Sent> {
    const late = () => sendLate(wait, timeoutMs);
    return this.#engine.waits.until(`post ${id}`, timeoutMs, (event) => sentWhen(event, wait), late);
  }

  async edit(request: PostRequest & { text: string }): Promise<Done> {
    return editPost(this.#engine, request);
  }

  async delete(request: PostRequest): Promise<Done> {
    return deletePost(this.#engine, request);
  }

  async react(request: PostRequest & { text: string; off?: boolean }): Promise<Done> {
    return reactTo(this.#engine, request);
  }

  async nick(request: { name?: string }): Promise<Nick> {
    return nick(this.#engine, optionalText(request, "name"));
  }

  async topic(request: { channel: string; text?: string; wait?: PlainWait; timeoutMs?: number }): Promise<Topic> {
    const channel = this.#joined(request);
    const words = optionalText(request, "text");
    return words === undefined ? topicOf(this.#engine, channel) : setTopic(this.#engine, channel, words, request);
  }

  async history(request: { channel: string; since?: string | number; most?: number }): Promise<Entry[]> {
    const joined = this.#engine.joined();
    const asked = channelMeant(this.#engine, text(request, "channel"));
    const given = optionalIdOrTime(request, "since");
    const since = typeof given === "string" ? wholeId(this.#engine, given) : given;
    const most = optionalWhole(request, "most", 1, HISTORY_MAX) ?? HISTORY_DEFAULT;
    const named = { ...asked, name: shownName(asked, joined) };
    const channel = channelLabel(named);
    const query = { channelId: asked.id, most, ...(since === undefined ? {} : { since }) };
    const entries = this.#read(() => seenEntries(this.#engine, query, channel));
    if (entries.length === 0 && !joined.some(({ id }) => id === asked.id)) throw noSuchChannel(asked);
    return [...this.#read(() => droppedMark(this.#engine, named, since, entries.length, most)), ...entries];
  }

  async connect(request: { peer: string; via?: string; ref?: number; timeoutMs?: number }): Promise<Connected> {
    const timeoutMs = timeoutOf(request);
    const wantedRef = optionalWhole(request, "ref", 0, Number.MAX_SAFE_INTEGER);
    const viaText = optionalText(request, "via");
    const { names } = this.#engine;
    const known = this.#known;
    const via = viaText === undefined ? null : await peerEndpoint(names.resolve(viaText), known, this.#addresses);
    const to = await connectTarget(names.resolve(text(request, "peer")), known, this.#addresses);
    this.#engine.checkRunning();
    return connectTo(this.#engine, { to, via, ref: this.#engine.waits.freeRef(wantedRef), timeoutMs });
  }

  async getcertificate(request: { peer: string; timeoutMs?: number }): Promise<{ peer: string; certificate: string }> {
    const timeoutMs = timeoutOf(request);
    const peer = await this.#peer(request);
    const asked = this.#ask(timeoutMs, (ref) => ({ kind: "ask-certificate", ref, of: peer }));
    const id = this.#known.find(({ endpoint }) => endpoint === peer)?.id ?? peer;
    const came = this.#engine.waits.until(`certificate of ${id}`, timeoutMs, certificateWhen, () =>
      late(`${peer} sent no certificate`, timeoutMs),
    );
    const certificate = await Promise.race([came, asked.then((acked) => (acked ? came : Promise.reject(noAck(peer))))]);
    return { peer, certificate };
  }

  async getkey(request: { channel: string; peer: string; timeoutMs?: number }): Promise<{ acked: boolean; keys: StoredKey[] }> {
    const { id: channelId } = parseChannel(text(request, "channel"));
    const of = await this.#peer(request);
    const acked = await this.#ask(timeoutOf(request), (ref) => ({ kind: "ask-key", ref, of, channelId }));
    return { acked, keys: this.#read(() => this.#engine.store.keys(channelId)) };
  }

  async key(request: { channel: string; peer: string; cipher: string; key: string; timeoutMs?: number }): Promise<{ acked: boolean }> {
    const { id: channelId } = parseChannel(text(request, "channel"));
    const cipher = text(request, "cipher", CIPHER_MAX);
    const key = text(request, "key", KEY_MAX);
    const to = await this.#peer(request);
    return { acked: await this.#ask(timeoutOf(request), (ref) => ({ kind: "give-key", ref, to, channelId, cipher, key })) };
  }

  async search(request: { words: string; channel?: string; most?: number; context?: number }): Promise<Found[]> {
    return this.#history.search(request);
  }

  async archive(request: { channel: string; after?: string; most?: number }): Promise<ArchivePage> {
    return this.#history.archive(request);
  }

  async importMessages(request: { channel: string; messages: readonly object[] }): Promise<Imported> {
    return this.#history.importMessages(request);
  }

  async keep(request: { channel?: string; keep?: string }): Promise<Keeping> {
    return this.#history.keep(request);
  }

  async doctor(request: { peer?: string; lifetime?: boolean; ref?: number }): Promise<Diagnosis> {
    const lifetime = optionalFlag(request, "lifetime");
    const ref = this.#engine.waits.freeRef(optionalWhole(request, "ref", 0, Number.MAX_SAFE_INTEGER));
    const wanted = optionalText(request, "peer");
    const peer = wanted === undefined ? null : this.#engine.names.resolve(wanted);
    this.#engine.checkRunning();
    return diagnose(this.#engine, { peer, unresolved: this.#about.unresolved(), lifetimeRef: lifetime ? ref : null });
  }

  async tap(request: { on: boolean }): Promise<{ on: boolean }> {
    const on = flag(request, "on");
    this.#engine.checkRunning();
    this.#listener.tap(on);
    return { on };
  }

  async stop(): Promise<Record<string, never>> {
    await this.#engine.halt();
    return {};
  }

  /** A channel that the user is in, by the name that it is shown by. */
  #joined(request: unknown): ChannelName {
    return joinedChannel(this.#engine, request);
  }

  async #peer(request: unknown): Promise<Endpoint> {
    return peerEndpoint(this.#engine.names.resolve(text(request, "peer")), this.#known, this.#addresses);
  }

  /** Endpoints, host names and names of peers, as endpoints. */
  #endpoints(words: readonly string[]): Promise<Endpoint[]> {
    return Promise.all(words.map((word) => peerEndpoint(this.#engine.names.resolve(word), this.#known, this.#addresses)));
  }

  get #known(): PeerView[] {
    return this.#engine.core.peers(this.#engine.now);
  }

  /** Puts a question to a peer; resolves once it acknowledged (true) or did not in time (false). */
  #ask(timeoutMs: number, command: (ref: number) => Parameters<Engine["command"]>[0]): Promise<boolean> {
    this.#engine.checkRunning();
    const ref = this.#engine.waits.freeRef();
    const acked = this.#engine.waits.until(`ref ${ref}`, timeoutMs, ackedWhen, () => late("the peer did not acknowledge", timeoutMs));
    this.#engine.command(command(ref));
    return acked;
  }

  #read<T>(read: () => T): T {
    return this.#engine.read(read);
  }
}

function ackedWhen(event: NodeEvent): boolean | undefined {
  return event.type === "asked" ? event.acked : undefined;
}

function certificateWhen(event: NodeEvent): string | undefined {
  return event.type === "certificate" ? event.certificate : undefined;
}

function timeoutOf(request: unknown): number {
  return optionalWhole(request, "timeoutMs", 1, TIMEOUT_MS_MAX) ?? TIMEOUT_MS;
}

function late(what: string, timeoutMs: number): ApiError {
  return new ApiError("timeout", `${what} within ${timeoutMs / 1_000} s`);
}

function noAck(peer: Endpoint): ApiError {
  return new ApiError("timeout", `${peer} did not acknowledge: check that it runs and can be reached`, "not-acknowledged");
}
