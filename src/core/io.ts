/**
 * What goes into a node and what comes out of it: the whole of its contact with the world.
 * ARCHITECTURE.md "The core".
 */
import type { Ristretto } from "../crypto/index.ts";
import type { BodyOf, DecodeReason, Endpoint, Guid, Ip, NodeId, VerbName } from "../wire/index.ts";
import type { BlockRefusal } from "./files/fetch.ts";
import type { Shape } from "./files/layout.ts";
import type { KnockStep } from "./invite/knock.ts";
import type { CodePurpose, CodeStep } from "./invite/meeting.ts";
import type { LifetimeStep } from "./lifetime-table.ts";
import type { ChannelHash } from "./log/event.ts";
import type { EventReason } from "./log/event-message.ts";
import type { Low } from "./log/event-store.ts";
import type { HybridTime } from "./log/hlc.ts";
import type { Reference } from "./log/kind.ts";
import type { TakenIn } from "./log/lasting-channel.ts";
import type { Words } from "./log/own-log.ts";
import type { RefusalReason } from "./log/receipt.ts";
import type { ShownPost } from "./log/shown-post.ts";
import type { Role } from "./log/statement.ts";
import type { Dependence, Mapping } from "./nat-class.ts";
import type { PastView } from "./open/past.ts";
import type { RoleChange } from "./open/role-watch.ts";
import type { Act } from "./open/writing.ts";
import type { PostEvent } from "./post-events.ts";
import type { FrameRefusal } from "./session/transport.ts";
import type { Change } from "./store.ts";
import type { Timestamp } from "./time.ts";

/**
 * Numbers a socket: 0 is the UDP one that listens, every other above is opened for one punch, one survey or one TCP connection.
 * Below 0 are TCP connections that others opened to us; whoever accepts them numbers those.
 */
export type SocketId = number;
export const MAIN_SOCKET: SocketId = 0;

/** Names a peer. Bare: its endpoint; a full node: its node id. */
export type PeerId = string;

/** Chosen by whoever gave a command, repeated in every event about it. */
export type Ref = number;

export type Input =
  /** Begin: rejoin the channels that were restored, say HELLO to the configured peers. */
  | { readonly kind: "start" }
  | { readonly kind: "datagram"; readonly socket: SocketId; readonly from: Endpoint; readonly bytes: Uint8Array }
  /** `wakeAt` has come. */
  | { readonly kind: "wake" }
  /** Answers an `open` output. */
  | { readonly kind: "socket-opened"; readonly socket: SocketId; readonly port: number }
  | { readonly kind: "socket-failed"; readonly socket: SocketId; readonly code: string }
  /** Somebody has opened a TCP connection to us; `socket` is below 0. */
  | { readonly kind: "tcp-accepted"; readonly socket: SocketId; readonly from: Endpoint }
  /** One datagram on a TCP connection. Not a `datagram`: what was said over TCP is never taken for UDP, however late it comes. */
  | { readonly kind: "streamed"; readonly socket: SocketId; readonly bytes: Uint8Array }
  /** A TCP connection has ended. `tcp-length`: its other end lied about a length. */
  | { readonly kind: "tcp-ended"; readonly socket: SocketId; readonly code: TcpEnd }
  /** Answers a `save` output. */
  | { readonly kind: "saved"; readonly batch: number }
  | { readonly kind: "save-failed"; readonly batch: number; readonly code: string }
  /** An address or interface of this machine came or went. */
  | { readonly kind: "network" }
  /** Where the listening socket is reached at addresses of this machine, of whatever scope. */
  | { readonly kind: "own-endpoints"; readonly endpoints: readonly Endpoint[] }
  /** Our gateway keeps a port open for all, that of our listening socket; null when it does not any more. */
  | { readonly kind: "mapped"; readonly transport: "udp" | "tcp"; readonly endpoint: Endpoint | null }
  /** Somebody on the same network says that a node is there. */
  | { readonly kind: "candidate"; readonly endpoint: Endpoint }
  /** The wall clock was set: it reads `now + epoch` from here on. */
  | { readonly kind: "clock"; readonly epoch: Timestamp }
  /** Answers a `read-block` output: a message with `BLOCK_HEAD_BYTES` of room before the block, or null where that is not there. */
  | { readonly kind: "block-read"; readonly read: number; readonly message: Uint8Array | null }
  /** A block or list that was to be kept is; `level` as in `keep-block`. */
  | { readonly kind: "block-kept"; readonly root: string; readonly level: number; readonly index: number }
  | { readonly kind: "command"; readonly command: Command };

/** What a user may ask of the core; checked at the door of `app`, so these are well formed. */
export type Command =
  | {
      readonly kind: "join";
      readonly channelId: Guid;
      readonly name: string;
      readonly at: readonly Endpoint[];
      /** The event that made the channel, where it has an owner. */
      readonly genesis?: ChannelHash;
      /** The other one, of a talk of two. */
      readonly pair?: NodeId;
    }
  /** Makes a channel with an owner, this node, a private one where others have no role; answered by `ordered` with the same `id`, and with the channel. */
  | {
      readonly kind: "create";
      readonly id: string;
      readonly name: string;
      readonly others: "member" | "reader" | "none";
      /** Of a private one: what was said before somebody came is shown to nobody, ever. */
      readonly keepsPast?: boolean;
    }
  /** Gives or takes roles in a channel, with all of this or nothing; answered by `ordered`. */
  | { readonly kind: "order"; readonly id: string; readonly channelId: Guid; readonly statements: readonly Words[] }
  /** Come into a channel by an invite; steps are `knock` events with the same `id`. */
  | {
      readonly kind: "knock";
      readonly id: string;
      readonly channelId: Guid;
      readonly name: string;
      readonly genesis: ChannelHash;
      readonly inviter: NodeId;
      /** 32 bytes, of which the invite's key is made. */
      readonly seed: Uint8Array;
      /** Where to look for members, besides our neighbours. */
      readonly at: readonly Endpoint[];
      /** How long we try. */
      readonly forMs: number;
    }
  /** Look for whoever shares a word code; steps are `code` events with the same `id`. */
  | {
      readonly kind: "meet";
      readonly id: string;
      readonly purpose: CodePurpose;
      readonly role: "host" | "guest";
      /** Where the two look for each other: made of the code's first word. */
      readonly slot: Guid;
      /** The words. */
      readonly prs: Uint8Array;
      readonly group: Ristretto;
      /** The host's, for the guest. */
      readonly payload: Uint8Array;
      readonly at: readonly Endpoint[];
      readonly forMs: number;
    }
  /** The user has said by which paths a contact may be reached: those that it may not be reached by end now. */
  | { readonly kind: "path-policy"; readonly nodeId: string }
  /** Let go of a code, of whichever role. */
  | { readonly kind: "end-meeting"; readonly id: string }
  | { readonly kind: "leave"; readonly channelId: Guid }
  /** `id`: 32 hex digits from the caller, the post's id from now on. */
  | { readonly kind: "post"; readonly id: string; readonly channelId: Guid; readonly text: string; readonly reply?: Reference }
  /** `id`: 32 hex digits from the caller, by which `post-state` tells what becomes of it. */
  | { readonly kind: "act"; readonly id: string; readonly channelId: Guid; readonly act: Act }
  | { readonly kind: "connect"; readonly ref: Ref; readonly to: Ip | Endpoint | NodeId; readonly via: Endpoint | null }
  | { readonly kind: "ask-certificate"; readonly ref: Ref; readonly of: Endpoint }
  | { readonly kind: "ask-key"; readonly ref: Ref; readonly of: Endpoint; readonly channelId: Guid }
  | {
      readonly kind: "give-key";
      readonly ref: Ref;
      readonly to: Endpoint;
      readonly channelId: Guid;
      readonly cipher: string;
      readonly key: string;
    }
  /** A contact is to keep parcels for us from now on, or no more. */
  | { readonly kind: "mailbox"; readonly nodeId: NodeId; readonly on: boolean }
  /** Take in events of an archive, in an order in which each can be proved when it comes; ends with an `imported` event. */
  | { readonly kind: "import"; readonly ref: Ref; readonly channelId: Guid; readonly bodies: readonly BodyOf<"MESSAGE">[] }
  | DropOld
  /** What was dropped of a channel is wanted again; ends with a `dropped-old` event. */
  | { readonly kind: "want-old"; readonly ref: Ref; readonly channelId: Guid }
  /** Find out what our NAT does; `own` are the addresses of this machine. */
  | { readonly kind: "survey"; readonly ref: Ref; readonly own: readonly Ip[] }
  /** Find out how long our NAT keeps a mapping over which nothing is sent; answered by `lifetime`, for two minutes. */
  | { readonly kind: "lifetime"; readonly ref: Ref; readonly own: readonly Ip[] }
  /** Blocks of a file may be given to the members of a channel, as far as they are here. */
  | { readonly kind: "hold-file"; readonly root: string; readonly shape: Shape; readonly channelId: Guid }
  /**
   * Fetch a file of a channel; ends with a `fetch-ended` output.
   * @see have - a bit for each block that is here already, the first the lowest of the first byte
   */
  | { readonly kind: "fetch-file"; readonly root: string; readonly shape: Shape; readonly channelId: Guid; readonly have: Uint8Array }
  /** Neither fetch a file any more nor give its blocks. */
  | { readonly kind: "let-file-go"; readonly root: string }
  /** Report every datagram as a `traffic` event, or stop doing so. */
  | { readonly kind: "tap"; readonly on: boolean }
  /** Say LEAVE to the members of every channel; the channels stay joined for the next start. */
  | { readonly kind: "shutdown" };

/** Drop the entries of a channel up to a time, to keep its quota; ends with a `dropped-old` event. */
export interface DropOld {
  readonly kind: "drop-old";
  readonly ref: Ref;
  readonly channelId: Guid;
  readonly upTo: HybridTime;
  /** Of each branch of a log that has some of them the first event that stays. */
  readonly lows: readonly Low[];
}

export type Output =
  | { readonly kind: "send"; readonly socket: SocketId; readonly to: Endpoint; readonly bytes: Uint8Array }
  /**
   * Open one more socket on the listening host, any port; with `tcp`, a TCP connection to there. Answered by `socket-opened`
   * or `socket-failed`, with a {@link TcpFailure} as its code where it was to be TCP.
   */
  | { readonly kind: "open"; readonly socket: SocketId; readonly tcp?: Endpoint }
  | { readonly kind: "close"; readonly socket: SocketId }
  /** Keep these; answered by `saved` or `save-failed`. */
  | { readonly kind: "save"; readonly batch: number; readonly changes: readonly Change[] }
  | BlockOutput
  | { readonly kind: "event"; readonly event: NodeEvent }
  /** Something from the network was discarded; already counted. */
  | { readonly kind: "dropped"; readonly reason: DropReason; readonly from: Endpoint };

/** About blocks of files, which are kept beside the store. `level` 0 are blocks, the others lists (PROTOCOL.md §21.2). */
export type BlockOutput =
  /** Read one; answered by `block-read` with the same number. */
  | { readonly kind: "read-block"; readonly read: number; readonly root: string; readonly level: number; readonly index: number }
  /** Keep one, which is proved; answered by `block-kept`. */
  | { readonly kind: "keep-block"; readonly root: string; readonly level: number; readonly index: number; readonly bytes: Uint8Array }
  /** All of a file is kept; or (`untrue`) it is not what its author said of it, and nobody has it. */
  | { readonly kind: "fetch-ended"; readonly root: string; readonly reason: "untrue" | null };

/** Why something from the network was discarded. Stable; each has its line in cli.md. */
export type DropReason =
  | DecodeReason
  | "unknown-peer" // a verb that needs a neighbour, from an endpoint that never said HELLO
  | "peers-full" // the peer table is full of livelier or proven peers
  | "stray-ack" // an ACK that no open message waits for
  | "duplicate" // a retransmission: acknowledged again, not shown again
  | "members-full"
  | "channels-full"
  | "keys-full"
  | "store-failed" // a MESSAGE that could not be kept, so it is not acknowledged either
  | "no-credit" // an answer that waited 30 s for byte credit
  | "queue-full"
  | "relay-unknown-dst" // no live neighbour at `dst`
  | "relay-rate" // more than 50 a second from one source
  | "relay-too-long" // would grow by more than 64 bytes
  | "relay-refused-verb" // CONNECT or ROUTING inside a RELAY
  | "relay-bad-way" // by node id: `ttl`, `src` and `via` do not go together, or name a node twice
  | "relay-stranger" // by node id, from or to somebody whom we have nothing to do with
  | "relay-budget" // by node id: more than the pair, or who passes it on, may have carried
  | "outside-session" // a signed list or a RELAY by node id that came outside a session with its sender
  | "routing-scope" // a list of somebody whom we have nothing to do with, or passed on by such
  | "routing-stale" // an older list than the one that is known
  | "routing-signature" // its node did not sign it, or it names a node twice
  | "routing-rate" // more than a neighbour may bring
  | "routing-full" // more nodes than are kept, all of them nearer to us
  | "connect-unknown-far" // no live neighbour at `dst`
  | "connect-ambiguous-far" // several share that IP
  | "connect-rate" // more than one a second from one source
  | "connect-scope" // multicast, broadcast, link-local, a low port, or a private address from elsewhere
  | "connect-not-asked" // an answer to no question of ours
  | "connect-punches-full"
  | "connect-crossed" // both ends of a session began at once: the one with the smaller id goes on
  | "candidate-scope" // heard on the local network, and no place there
  | "candidate-rate" // too many, or too often the same
  | "not-over-tcp" // a message of the bare plane, or one that speaks of UDP, over TCP
  | "tcp-length" // a length out of bounds on a TCP connection, which ends it
  | "tcp-full" // more TCP connections than the node takes, of all or from one address
  | "survey-not-asked" // a token that nobody told us
  | "survey-rate" // a neighbour has us help with its survey more than it may
  | "survey-scope" // it is to go to another address than that of the neighbour who asks
  | "mapped-scope" // a mapped port that others may not be reached at
  | "candidates-full" // as many nodes of the local network as are kept are there
  | BlockRefusal
  | FrameRefusal
  | EventReason
  | RefusalReason
  | "muted" // an event from a member that sent too many with bad signatures
  | "busy" // more events than the store keeps up with
  | HandshakeRefusal
  | "bad-frame" // too short, or its tag is wrong
  | "replay" // a frame that came before, or is too old to know
  | "bad-handshake" // a message of a handshake that is not authentic
  | "handshake-stray" // it answers no handshake of ours
  | "handshake-crossed" // both ends began: the smaller key goes on
  | "handshake-suite" // none of the offered suites is known here
  | "handshake-cookie" // under load: asked to show first that it receives what we send
  | "handshake-busy" // more than the node has time for
  | "full-peer" // a bare message in the name of a node that holds sessions
  | "bare-closed" // only certified nodes get in, and this one speaks the bare plane
  | "invite-unknown" // a JOIN with an invite that this channel does not have
  | "invite-proof" // one whose proof was made for another session, joiner or channel, or by another key
  | "invite-expired"
  | "invite-used" // as many as it is for have come in by it
  | "invite-revoked"
  | "invite-removed" // by somebody from whom an owner or admin has taken the role
  | "invite-rate" // more of them than one session may show
  | "invite-stray" // a word on an invite that we did not show there
  | "code-stray" // a part of a run about a word code that we did not begin, or not so
  | "code-wrong" // another code: ours is void
  | "code-rate" // more nodes at the place of our code than it can be for
  | "not-joined" // a text inside a session for a channel that the user is not in
  | "no-history" // a question for what was said before its asker came, to whom that was not given, or too long ago
  | "bad-key" // a question for a key that its asker did not sign, or an answer with a key that opens nothing
  | "mailbox-refused" // it wants a mailbox here and is no contact, or this node is none
  | "mailbox-no-slot" // left for nobody whom this node keeps anything for
  | "mailbox-full"
  | "mailbox-rate" // more is left by one node than it may
  | "mailbox-stray" // it comes as from a mailbox of ours, and is none
  | "parcel-unreadable" // what was left for us, and nothing of it opens
  | "not-a-member";

/** Why a handshake that was authentic ended without a session. Stable; each has its line in cli.md. */
export type HandshakeRefusal =
  | "bad-certificate" // it does not read, or does not sign the link key
  | "certificate-expired" // or not valid yet, beyond two days of tolerance
  | "not-certified" // by none of the pinned CAs
  | "wrong-node" // another node than the one that was asked for
  | "path-policy" // a contact that the user does not let be reached by such a path
  | "self"; // this node itself

/** Why no session came about with a node that has proved its key. */
export type SessionRefusal =
  | HandshakeRefusal // by us
  | "not-let-in"; // by the other end, as it seems: it has proved its key and taken no notice of ours for 30 s

/** What became of an event of an archive. */
export type ImportOutcome = TakenIn | EventReason;

/** How far a post, or what was done to one, has come. */
export type PostState =
  | "stalled" // the disk did not take it; it is tried again, and sent then
  | "saved"
  | "waiting" // nobody has confirmed it, and whoever comes into the channel gets it
  | "delivered"
  | "failed";

/** One step of CONNECT as its asker sees it. `direct` and `failed` end it. */
export type ConnectStep =
  | { readonly step: "hello"; readonly to: Endpoint }
  | { readonly step: "socket"; readonly port: number }
  | { readonly step: "asked"; readonly via: Endpoint; readonly dst: string; readonly src: string }
  | { readonly step: "answered"; readonly via: Endpoint; readonly dst: string; readonly src: string }
  | { readonly step: "probing"; readonly to: Endpoint }
  /** To a node, inside the session with it: we have said where we may be reached, it has said so, and ports are guessed. */
  | { readonly step: "offered"; readonly via: Endpoint; readonly way: ApproachWay; readonly candidates: readonly Endpoint[] }
  | { readonly step: "accepted"; readonly via: Endpoint; readonly way: ApproachWay; readonly candidates: readonly Endpoint[] }
  | { readonly step: "guessing"; readonly to: Endpoint; readonly sockets: number; readonly probes: number }
  | { readonly step: "direct"; readonly peer: Endpoint; readonly path: DirectKind }
  | { readonly step: "failed"; readonly reason: ConnectFailure };

/** How two nodes try to meet: at places that they know, or also at ports that they guess. */
export type ApproachWay = "plain" | "guess";

/** Why CONNECT ended without a path. Stable; each has its line in cli.md. */
export type ConnectFailure =
  | "no-via" // no live neighbour could introduce us
  | "via-silent" // S did not answer: it is gone, knows no such peer, or the peer did not answer it
  | "far-silent" // nothing was heard from the far party's offered endpoint: a NAT that cannot be punched
  | "no-answer" // a direct HELLO was not answered
  | "scope" // the offered endpoint may not be probed from here
  | "no-socket" // the system gave us no further socket
  | "busy" // too many punches at once
  | "no-helper" // no neighbour beyond our NAT, or the other end's, can say what it does with ports
  | "no-guess" // ports would have to be guessed, which is done for contacts and members of a channel of ours only
  | "path-policy" // the user lets that contact be reached by other paths only
  | "nats-random"; // both NATs give a new port to each destination, at least one of them any

/** Why no TCP connection came about. Stable; each has its line in cli.md. */
export const TCP_FAILURES = [
  "tcp-refused", // nobody listens there
  "tcp-unreachable", // there is no way to that address
  "tcp-silent", // no answer: a firewall swallows it
  "tcp-failed", // anything else that the system said
  "tcp-ended", // the other end hung up before a session was there
  "proxy-unreachable", // the proxy itself could not be reached
  "proxy-refused", // the proxy does not want to, or cannot, connect to there
  "proxy-credentials", // the proxy wants a name and password, or others
  "proxy-bad-answer", // what answers is no such proxy
] as const;
export type TcpFailure = (typeof TCP_FAILURES)[number];

/** How a TCP connection came to its end. */
export type TcpEnd = "tcp-ended" | "tcp-length";

/** What our NAT does, as far as neighbours could tell. */
export interface NatReport {
  readonly mapping: Mapping;
  readonly filtering: Dependence;
  /** Whether a socket has the same port outside; null where there is no NAT, or nothing was seen. */
  readonly keepsPort: boolean | null;
  /** Who helped, and where each sees our listening socket. */
  readonly helpers: readonly { readonly peer: PeerId; readonly endpoint: Endpoint; readonly seen: Endpoint | null }[];
  /** Why nothing, or not all, could be found out. Stable; each has its line in cli.md. */
  readonly reason: SurveyFailure | null;
}

export type SurveyFailure =
  | "no-helper" // no session with a node at a public address
  | "no-answer" // the helpers said nothing
  | "no-socket" // the system gave no further socket
  | "busy"; // another survey is under way

export type NodeEvent =
  | { readonly type: "peer-up"; readonly peer: PeerId; readonly path: PathKind }
  | { readonly type: "peer-down"; readonly peer: PeerId }
  /** A node has proved its key and taken ours; from here on it is `peer`, at whatever address. `nick` is what it calls itself. */
  | { readonly type: "session-up"; readonly peer: PeerId; readonly endpoint: Endpoint; readonly nick: string; readonly path: PathKind }
  | { readonly type: "session-down"; readonly peer: PeerId; readonly reason: "gone" | "closed" }
  | { readonly type: "session-refused"; readonly endpoint: Endpoint; readonly reason: SessionRefusal }
  /** Data to that node now travels over another path. */
  | { readonly type: "path"; readonly peer: PeerId; readonly endpoint: Endpoint; readonly path: PathKind }
  /** Something is wrong with the log of an author: it contradicts itself, its clock went back, or our own disk is an old backup. */
  | {
      readonly type: "log-finding";
      readonly channelId: Guid;
      readonly author: string;
      readonly finding: "fork" | "dated-back" | "rolled-back";
    }
  /** The clock of that node, or ours, is wrong: it is ahead of ours by so much (behind, where negative). */
  | { readonly type: "clock-skew"; readonly peer: PeerId; readonly aheadMs: number }
  /** Our own clock is so far behind (ahead, where negative) those of most of `peers` nodes; or, with `wrong` false, is so no more. */
  | { readonly type: "own-clock"; readonly wrong: boolean; readonly behindMs: number; readonly peers: number }
  | { readonly type: "joined"; readonly channelId: Guid; readonly name: string }
  | { readonly type: "left"; readonly channelId: Guid }
  /** The event that made a channel has come: it belongs to `owner`, is called so, and everybody has the role `others`. */
  | { readonly type: "charter"; readonly channelId: Guid; readonly owner: NodeId; readonly called: string; readonly others: Role }
  /** A node's role in a channel has changed. `by` and `at`: who said so last, and when, by that node's clock. */
  | ({ readonly type: "role"; readonly channelId: Guid } & RoleChange)
  /** How much of what was said in a private channel before we came is closed still, of whom; told as it changes. Nothing: all is here. */
  | { readonly type: "past"; readonly channelId: Guid; readonly rest: readonly PastView[] }
  /** What we joined by the id of its genesis is a channel of a kind that this version does not know. */
  | { readonly type: "unfit-channel"; readonly channelId: Guid }
  /** A node that is no contact wants to talk: nothing of it is taken before the user joins that talk. */
  | { readonly type: "request"; readonly peer: NodeId }
  /** A contact says whether it keeps for us what others leave. */
  | { readonly type: "mailbox"; readonly node: NodeId; readonly keeps: boolean }
  /** A post of ours lies in the mailbox `by` of the member `for`, which is away. */
  | {
      readonly type: "held";
      readonly channelId: Guid;
      readonly id: string;
      readonly for: NodeId;
      readonly by: NodeId;
      readonly until: Timestamp;
    }
  /** A member left a channel with an owner for good. */
  | { readonly type: "parted"; readonly channelId: Guid; readonly node: NodeId; readonly at: Timestamp }
  /** What was shown as a post counts no more: its author had no role there, as turned out since. */
  | { readonly type: "post-gone"; readonly id: string; readonly channelId: Guid }
  /** What became of a `create` or `order`. `stalled`: the disk did not take it; it is tried again, and sent then. */
  | {
      readonly type: "ordered";
      readonly ref: string;
      readonly channelId: Guid;
      readonly state: "saved" | "stalled" | "refused";
      readonly reason?: string;
    }
  /** How far we have come in by an invite; `done` and `failed` end it. */
  | { readonly type: "knock"; readonly ref: string; readonly channelId: Guid; readonly step: KnockStep }
  /** How far two have come who share a word code; `done` and `failed` end it. */
  | { readonly type: "code"; readonly ref: string; readonly step: CodeStep }
  | { readonly type: "member-joined"; readonly channelId: Guid; readonly peer: PeerId; readonly member: Endpoint }
  | {
      readonly type: "member-left";
      readonly channelId: Guid;
      readonly peer: PeerId;
      readonly member: Endpoint;
      readonly why: "left" | "expired";
    }
  /** A post to show; `kept` is false in channels that the user has not joined. */
  | {
      readonly type: "post";
      readonly id: string;
      readonly channelId: Guid;
      readonly author: string;
      readonly own: boolean;
      readonly at: Timestamp;
      readonly text: string;
      readonly verified: boolean;
      readonly kept: boolean;
      /** What else is known of a signed post, when it is shown. */
      readonly shown?: ShownPost;
      /** Of an own post: the command that it came from. */
      readonly ref?: string;
    }
  | PostEvent
  /** `acked` of `of` members have acknowledged; `delivered` once all live ones did. */
  | {
      readonly type: "post-state";
      readonly id: string;
      readonly channelId: Guid;
      /** The command that the post came from. */
      readonly ref: string;
      readonly state: PostState;
      readonly acked: number;
      readonly of: number;
      /** Of those that acknowledged, they that know only the seed: they have received it, and promise no more. Absent for none. */
      readonly bare?: number;
      readonly reason?: string;
    }
  | { readonly type: "nat"; readonly ref: Ref; readonly nat: NatReport }
  | { readonly type: "lifetime"; readonly ref: Ref; readonly step: LifetimeStep }
  | { readonly type: "connect"; readonly ref: Ref; readonly step: ConnectStep }
  | { readonly type: "certificate"; readonly peer: PeerId; readonly certificate: string }
  | { readonly type: "key"; readonly peer: PeerId; readonly channelId: Guid; readonly cipher: string; readonly key: string }
  /** The end of `ask-certificate`, `ask-key` or `give-key`: the peer acknowledged, or did not within 3.5 s. */
  | { readonly type: "asked"; readonly ref: Ref; readonly acked: boolean }
  /** The end of `import`: what became of each; `failed`, with a code, when not all that was taken is on the disk. */
  | { readonly type: "imported"; readonly ref: Ref; readonly outcomes: readonly ImportOutcome[]; readonly failed: string | null }
  /** The end of `drop-old` or `want-old`; `failed` with a code when it is not on the disk yet. */
  | { readonly type: "dropped-old"; readonly ref: Ref; readonly channelId: Guid; readonly failed: string | null }
  | { readonly type: "routes"; readonly via: Endpoint; readonly count: number }
  | {
      readonly type: "traffic";
      readonly direction: "in" | "out";
      readonly endpoint: Endpoint;
      readonly socket: SocketId;
      readonly verb: VerbName | null;
      readonly text: string;
      readonly dropped?: DropReason;
      /** The node whose session it travelled in. */
      readonly session?: PeerId;
    }
  | { readonly type: "store-failed"; readonly code: string }
  | { readonly type: "store-recovered" };

/** Ways without a node in between. */
export type DirectKind = "direct" | "punched" | "tcp";
export type PathKind = DirectKind | "relay";
