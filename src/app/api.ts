/**
 * The one door of a running node: commands in, events out. The same object serves in process (SDK) and over
 * JSON-RPC 2.0 on the node's Unix socket (command line, line mode); every command is a method of that name with
 * the request as `params`, and every event a notification `event`.
 *
 * A command that cannot be done throws an {@link ApiError}: the state is unchanged, and `message` says what to do.
 */
import type {
  ChannelView,
  CodeStep,
  CountersView,
  MemberView,
  NodeEvent,
  PastView,
  PathKind,
  PathPolicy,
  PeerId,
  PeerView,
  Quiet,
  RouteView,
  SessionRefusal,
  StoredKey,
  VerifiedBy,
  WayToView,
} from "../core/index.ts";
import type { TcpView } from "../net/index.ts";
import type { ArchivePage, Imported } from "./archive-view.ts";
import type { Diagnosis } from "./diagnosis-api.ts";
import type { FileApi } from "./files/file-door.ts";
import type { FileEvent } from "./files/files-api.ts";

export type { ArchivedMessage, ArchiveEntry, ArchiveHead, ArchivePage, Imported } from "./archive-view.ts";

import type { Acquainting } from "./acquainting.ts";
import type { Inviting } from "./inviting.ts";
import type { MailboxApi } from "./mailboxes.ts";
import type { Moderation } from "./moderation.ts";
import type { Done, Entry, Nick, PlainWait, PostRequest, PostView, Sent, Topic, Wait } from "./post-api.ts";

export type * from "./diagnosis-api.ts";
export type * from "./files/files-api.ts";
export type { Accepted, Invited, NamedInvite } from "./inviting.ts";
export type { MailboxesView, OwnMailboxView } from "./mailboxes.ts";
export type { Created, QuietView, RequestView, RoleGiven } from "./moderation.ts";
export * from "./post-api.ts";

export interface Api extends Moderation, FileApi, Inviting, Acquainting, MailboxApi {
  status(): Promise<Status>;
  id(): Promise<Identity>;
  peers(): Promise<NamedPeer[]>;
  routes(): Promise<NamedRoute[]>;
  /** Ways over several hops, as signed lists show them. */
  ways(): Promise<NamedWay[]>;
  channels(): Promise<NamedChannel[]>;
  members(request: { channel: string }): Promise<NamedMember[]>;
  /** Joins a channel; asks `at` (endpoints or `host:port`), else the live peers that announced it, else the configured ones. */
  join(request: { channel: string; at?: string[] }): Promise<{ channelId: string; name: string }>;
  leave(request: { channel: string }): Promise<{ channelId: string }>;
  /**
   * Posts a text. Resolves when the post has reached `wait` (default `saved`). `reply` is the id of a post that this one
   * answers, or 6 digits or more that it begins with; so are the ids below.
   * @throws `timeout` when that took longer than `timeoutMs`, `not-delivered` when a live member did not acknowledge, `no-mailbox`
   *   (nothing was sent) and `not-held` when nobody can hold it for who is away; with `reply` also as `react`
   */
  send(request: { channel: string; text: string; reply?: string; wait?: Wait; timeoutMs?: number }): Promise<Sent>;
  /**
   * Gives a post of one's own another text.
   * @throws `no-such-post`, `not-your-post`, `bare-channel`, `dated-ahead`, `too-long`, and as `send`
   */
  edit(request: PostRequest & { text: string }): Promise<Done>;
  /** Takes a post of one's own from view, here and where others do as they are asked. @throws as `edit` */
  delete(request: PostRequest): Promise<Done>;
  /** Says something of a post in an emoji or a word, or takes that back (`off`). @throws as `edit`, but for `not-your-post` */
  react(request: PostRequest & { text: string; off?: boolean }): Promise<Done>;
  /** What this node calls itself; with `name` something else from now on, which it says in every open channel. @throws `usage` */
  nick(request: { name?: string }): Promise<Nick>;
  /** What a channel is about; with `text` something else from now on, or nothing where that is empty. @throws `bare-channel`, `too-long` */
  topic(request: { channel: string; text?: string; wait?: PlainWait; timeoutMs?: number }): Promise<Topic>;
  /** Entries oldest first; `since` is an id of the channel or a time in ms since 1970; at most 1,000, default 50. */
  history(request: { channel: string; since?: string | number; most?: number }): Promise<Entry[]>;
  /**
   * Reaches a peer (`ip`, `ip:port`, a node id or a name), over `via` where given; steps come as `connect` events with the
   * same `ref`. @throws `not-connected`, with a `ConnectFailure` or a `SessionRefusal` as reason
   */
  connect(request: { peer: string; via?: string; ref?: number; timeoutMs?: number }): Promise<Connected>;
  /** Sends GETCERTIFICATE; resolves with the certificate that came back, base64 DER. */
  getcertificate(request: { peer: string; timeoutMs?: number }): Promise<{ peer: string; certificate: string }>;
  /** Sends GETKEY; resolves once the peer acknowledged, with the keys of that channel known so far. */
  getkey(request: { channel: string; peer: string; timeoutMs?: number }): Promise<{ acked: boolean; keys: StoredKey[] }>;
  /** Sends KEY: gives a peer a key for a bare channel. */
  key(request: { channel: string; peer: string; cipher: string; key: string; timeoutMs?: number }): Promise<{ acked: boolean }>;
  /**
   * Posts that have all of these words, whatever their case and accents, the newest first; the last word may be a beginning from three
   * letters on. At most 200, default 20. `context`: so many posts before and after each, 10 at most.
   */
  search(request: { words: string; channel?: string; most?: number; context?: number }): Promise<Found[]>;
  /** All that is kept of a channel, page by page, the oldest first; `after` is the `next` of the page before. At most 1,000 entries. */
  archive(request: { channel: string; after?: string; most?: number }): Promise<ArchivePage>;
  /**
   * Takes events out of an archive into a channel that the node is in: MESSAGEs as they go on the wire, 1,000 at most, in an order in
   * which each is proved by its own signature or by one before it. Resolves once what was taken is on the disk.
   */
  importMessages(request: { channel: string; messages: readonly object[] }): Promise<Imported>;
  /**
   * How much is kept of a channel, or (without one) of all that have no quota of their own; with `keep` from now on: `500MB`, `30d`,
   * `all`, or `default`, which takes a channel's own away. Resolves once what is too much is dropped.
   */
  keep(request: { channel?: string; keep?: string }): Promise<Keeping>;
  /**
   * What keeps the node from reaching others, as far as it can tell itself; asks neighbours what its NAT does, which takes some seconds.
   * With `lifetime` also how long that keeps a mapping over which nothing is sent, which takes up to two minutes: steps come as
   * `lifetime` events with the same `ref`.
   */
  doctor(request: { peer?: string; lifetime?: boolean; ref?: number }): Promise<Diagnosis>;
  /** Turns `traffic` events on or off for this client. */
  tap(request: { on: boolean }): Promise<{ on: boolean }>;
  /** Ends the node: LEAVE to the members, everything flushed. */
  stop(): Promise<Record<string, never>>;
}

/** The other direction: `listener` sees every event from here on until the returned function is called. */
export type Subscribe = (listener: (event: NamedEvent) => void) => () => void;

/** What the core says, with the names of those whom it is about; and how far files have come. */
export type NamedEvent = WithNames<NodeEvent> | FileEvent;
type WithNames<Event> = Event extends { readonly type: "post" }
  ? Omit<Event, "shown"> & {
      readonly authorName: string;
      /** Of a signed post. */
      readonly shown?: PostView;
      /** The user has muted its author: it is to be shown folded. */
      readonly muted?: true;
    }
  : Event extends { readonly postAuthor: string }
    ? Event & OfQuiet & { readonly authorName: string; readonly postAuthorName: string }
    : Event extends { readonly type: "log-finding" }
      ? Event & { readonly authorName: string }
      : Event extends { readonly type: "nick" }
        ? Event & OfQuiet & { readonly authorName: string; readonly formerName: string }
        : Event extends { readonly type: "topic" }
          ? Event & OfQuiet & { readonly authorName: string }
          : WithRoleNames<Event>;
type WithRoleNames<Event> = Event extends { readonly type: "role" }
  ? Event & { readonly nodeName: string; readonly byName: string | null; readonly inviterName: string | null }
  : Event extends { readonly type: "parted" }
    ? Event & { readonly nodeName: string }
    : Event extends { readonly type: "charter" }
      ? Event & { readonly ownerName: string }
      : WithPastNames<Event>;
type WithPastNames<Event> = Event extends { readonly type: "past" }
  ? Omit<Event, "rest"> & { readonly rest: readonly (PastView & { readonly name: string })[] }
  : WithMailboxNames<Event>;
type WithMailboxNames<Event> = Event extends { readonly type: "mailbox" }
  ? Event & { readonly nodeName: string }
  : Event extends { readonly type: "held" }
    ? Event & { readonly forName: string; readonly byName: string }
    : WithPeerName<Event>;
type WithPeerName<Event> = Event extends { readonly type: "code" }
  ? Omit<Event, "step"> & { readonly step: NamedCodeStep }
  : WithNameOfPeer<Event>;
type WithNameOfPeer<Event> = Event extends { readonly type: "traffic" }
  ? Event & { readonly sessionName?: string }
  : Event extends { readonly peer: PeerId }
    ? Event & OfQuiet & { readonly name: string }
    : Event;

/** How far two have come who share a word code, without what one gives the other. */
export type NamedCodeStep = Exclude<CodeStep, { readonly step: "done" }> | { readonly step: "done"; readonly peer: PeerId };

interface OfQuiet {
  /** The user has muted or blocked whoever did it. */
  readonly quiet?: Quiet;
}

/** How somebody is called in front of people; `names.ts` has the rule. */
export interface Who {
  /** `@bob`, `ada~3F2A`, `~CQ57P1DZ` or `?203.0.113.5:7667`. The nick in it is made harmless, faces escape it all the same. */
  readonly name: string;
  /** The user's own name for it; null when it is no contact. */
  readonly contact: string | null;
  /** The user has compared the safety numbers. */
  readonly contactVerified: boolean;
  /** Null for one whom the user has neither muted nor blocked. */
  readonly quiet: Quiet | null;
}

export interface NamedPeer extends PeerView, Who {
  readonly family: "v4" | "v6";
  /** Who relays; null where nobody does. */
  readonly viaName: string | null;
}

/** `name` is as it is shown: `lobby`, or with an owner `garden@3f2a`. */
export interface NamedChannel extends ChannelView {
  /** Null where nobody owns it, or it is not known who does. */
  readonly ownerName: string | null;
  /** What others join it by, where its name is not enough. */
  readonly link: string | null;
}

export interface NamedMember extends MemberView, Who {
  readonly viaName: string | null;
}

export interface NamedRoute extends RouteView {
  readonly viaName: string;
}

export interface NamedWay extends WayToView {
  readonly name: string;
  /** Of those in between, in their order. */
  readonly overNames: readonly string[];
}

/** How the keys are kept: under a passphrase, open to whoever may read this user's files, or nowhere. */
export type KeyProtection = "passphrase" | "os-user" | "memory";

export interface Status {
  readonly version: string;
  readonly nodeId: string;
  /** What the node calls itself, perhaps empty. */
  readonly name: string;
  /** How others see that, unless they gave the node a name of their own: `ada~3F2A`. */
  readonly shownAs: string;
  readonly role: "node" | "rendezvous";
  /** `ip:port` of the listening socket. */
  readonly udp: string;
  /** Where others reach it by a port that the gateway keeps open; empty where it keeps none. */
  readonly mapped: readonly string[];
  readonly tcp: TcpView;
  readonly home: string;
  readonly keyProtection: KeyProtection;
  /** Where the node listens for commands; null for one that keeps nothing. */
  readonly socket: string | null;
  readonly pid: number;
  readonly uptimeMs: number;
  /** `unresolved`: configured names without an address so far; they are looked up again and again. */
  readonly peers: { readonly live: number; readonly known: number; readonly unresolved: readonly string[] };
  /** Nodes with which all is said encrypted. */
  readonly sessions: number;
  readonly channels: number;
  /** What a person should know and can do something about, the newest first. */
  readonly warnings: readonly Warning[];
  /** `ok`, or `failed` with the stable code of what the store said. */
  readonly store: { readonly state: "ok" | "failed"; readonly code: string | null };
  readonly counters: CountersView;
  /** What the system said to sends and sockets, by its code: EPERM, ENETUNREACH, EMSGSIZE and the like. */
  readonly socketErrors: Readonly<Record<string, number>>;
  readonly memory: { readonly residentBytes: number };
}

export type Warning =
  /** A node's clock is ahead of ours by so much (behind, where negative), for as long as the session with it lasts. */
  | { readonly kind: "clock-skew"; readonly at: number; readonly nodeId: string; readonly name: string; readonly aheadMs: number }
  /** This machine's clock is off the middle one of so many others, by so much (ahead, where negative). */
  | { readonly kind: "clock-wrong"; readonly at: number; readonly behindMs: number; readonly peers: number }
  /** An author has written two histories in a channel; `at` is when it wrote last. */
  | InChannel<"two-histories">
  /** So many messages of an author are known to be missing in a channel, and so many members were asked for them. */
  | (InChannel<"missing"> & { readonly count: number; readonly asked: number })
  /** Messages of that node that are here and wait for its key; so many members were asked for it. */
  | (InChannel<"locked"> & { readonly count: number; readonly asked: number })
  /** Messages of that node from before this one came, which it may read and cannot open yet; so many members were asked for their keys. */
  | (InChannel<"past"> & Omit<PastView, "author">)
  /** A node proved its key and did not get in, so often in the last minutes. */
  | {
      readonly kind: "session-refused";
      readonly at: number;
      readonly endpoint: string;
      readonly reason: SessionRefusal;
      readonly times: number;
    };

interface InChannel<Kind extends string> {
  readonly kind: Kind;
  readonly at: number;
  readonly channelId: string;
  readonly channel: string;
  readonly nodeId: string;
  readonly name: string;
}

export interface Identity {
  readonly nodeId: string;
  readonly name: string;
  /** The GUID shown to old programs. */
  readonly guid: string;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string;
  /** PEM. */
  readonly certificate: string;
  /** Who signed it: the node itself, a CA that is pinned here, or another one. */
  readonly issued: "self" | "ca" | "foreign";
  /** When it ends, in milliseconds since 1970. */
  readonly notAfter: number;
  readonly keyProtection: KeyProtection;
}

export interface Contact {
  readonly nodeId: string;
  /** The user's own name for the node; he writes it as `@name`. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
  /** When the user made sure of it, in milliseconds since 1970; null while he has not. */
  readonly verifiedAt: number | null;
  /** By the safety number, by its QR code, or by a word code. */
  readonly verifiedBy: VerifiedBy | null;
  /** By which paths it may be reached, and may reach us. */
  readonly policy: PathPolicy;
}

export interface Verification {
  readonly nodeId: string;
  /** The contact's name; null when the node is no contact. */
  readonly name: string | null;
  /** 12 groups of 5 digits, the same on both sides. */
  readonly safetyNumber: string;
  readonly verifiedAt: number | null;
  readonly verifiedBy: VerifiedBy | null;
}

/** A post that was sought. */
export interface Found {
  readonly entry: Entry;
  /** Where the words stand in its text, in UTF-16 units. */
  readonly marks: readonly (readonly [start: number, end: number])[];
  readonly before: readonly Entry[];
  readonly after: readonly Entry[];
}

export interface Keeping {
  /** Null: all channels that have no quota of their own. */
  readonly channelId: string | null;
  readonly channel: string | null;
  /** `500MB`, `30d` or `all`. */
  readonly keep: string;
  /** False where that is what holds for all. */
  readonly isOwn: boolean;
  /** What the channel has: entries, and about how many bytes of the disk. */
  readonly entries: number | null;
  readonly bytes: number | null;
  /** Messages that were dropped to keep the quota, and the time (ms since 1970) up to which. */
  readonly dropped: number;
  readonly droppedUpTo: number | null;
}

export interface Connected {
  /** The endpoint. */
  readonly peer: string;
  readonly path: PathKind;
  readonly ms: number;
  /** The node that has proved its key there; null: what is said is not encrypted. */
  readonly nodeId: string | null;
  readonly name: string;
  /** Why a node that proved its key there did not get in. */
  readonly refused: SessionRefusal | null;
}

/** Stable; each has its line in cli.md, with what to do. */
export type ApiErrorCode =
  | "usage" // the request's words are off
  | "no-such-channel" // not joined, or no such name
  | "no-such-request"
  | "no-such-peer"
  | "no-such-contact"
  | "no-such-file" // what has that id is no file
  | "file-untrue" // it is not what its author announced
  | "file-dropped" // the user let go of it while it was fetched
  | "disk-full" // `reason` is what the system said
  | "no-such-post" // no post here has that id, or it is deleted
  | "not-your-post" // only its author can do that
  | "bare-channel" // its posts are not signed: nothing can be done to them
  | "dated-ahead" // the post's clock is ahead: what is said of it would not count
  | "name-taken" // another node has that name
  | "contacts-full"
  | "not-verified" // the number that was scanned is another one
  | "mailboxes-full" // a node has three at most
  | "quiet-full" // so many nodes are muted or blocked already
  | "not-allowed" // the user's role in that channel does not allow it; `reason` says why
  | "no-such-invite"
  | "bad-invite" // no invite, or not the whole of one; `reason` says which
  | "code-failed" // nothing came of a word code; `reason` says why
  | "not-let-in" // nobody let the node in by an invite; `reason` says why
  | "too-long" // the text does not fit one datagram
  | "no-name" // a host name that does not resolve
  | "timeout"
  | "not-delivered" // nobody there, or a live member did not acknowledge
  | "not-connected" // CONNECT ended without a path; `reason` says why
  | "no-mailbox" // nobody would hold a text that was to be held: it was not sent
  | "not-held" // it is saved, and nobody holds it
  | "not-yet" // a word kept for later
  | "store-failed" // read-only: the disk is full or broken
  | "stopping"
  | "no-daemon"
  | "home-in-use"
  | "port-in-use"
  | "bad-address"
  | "home-unreadable"
  | "store-too-new"
  | "store-damaged"
  | "key-damaged"
  | "no-keys" // the home has none yet
  | "passphrase-needed" // the keys are under one, and none was given
  | "passphrase-wrong"
  | "not-protected" // a lock would lock nothing: the keys are under no passphrase
  | "certificate-refused" // it is not fit to be this node's own; `reason` says why
  | "ca-refused" // the CA cannot be pinned; `reason` says why
  | "archive-unreadable" // the file is no archive, or one of a later version; `reason` says which
  | "backup-unreadable" // `reason`: `no-backup`, `too-new`, `damaged`, `cut-off`
  | "file-exists"
  | "file-unwritable" // `reason` is what the system said
  | "file-unreadable" // `reason` is what the system said
  | "internal";

export class ApiError extends Error {
  readonly code: ApiErrorCode;
  /** A reason code of the core, where there is one. */
  readonly reason: string | null;
  constructor(code: ApiErrorCode, message: string, reason: string | null = null) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.reason = reason;
  }
}
