/** What a node shows of itself: plain values, copied, for `status`, `peers`, `routes`, `channels` and `members`. */
import type { Endpoint, Guid, NodeId, VerbName } from "../wire/index.ts";
import type { DropReason, PathKind, PeerId } from "./io.ts";
import type { ChannelHash } from "./log/event.ts";
import type { Role } from "./log/statement.ts";
import type { TrialKind, TrialOutcome } from "./trial-log.ts";

/** How we came to know a peer: the strongest reason of several. */
export type Found =
  | "configured"
  | "named" // by `connect` or `join --at`, or known from before
  | "lan" // heard of on the local network
  | "introduced" // by a member of a channel, or by whom `connect` went over
  | "came"; // it called us

export interface PeerView {
  readonly id: PeerId;
  /** `full`: it has proved the key that is its id, and all is said inside a session. */
  readonly kind: "bare" | "full";
  /** What a full peer calls itself; nobody has vouched for it. */
  readonly nick: string | null;
  /** Round trip in its session, in ms. */
  readonly rttMs: number | null;
  readonly endpoint: Endpoint;
  readonly path: PathKind;
  /** Why it is not UDP, where it is TCP. Stable; cli.md has a line for it. */
  readonly reason: "udp-no-answer" | null;
  /** Hops to it: 1 without a relay. */
  readonly hops: 1 | 2 | 3;
  /** The relay, or the first of two, where the path goes over one. */
  readonly via: Endpoint | null;
  readonly configured: boolean;
  readonly found: Found;
  /** True when it has shown that it receives what we send. */
  readonly proven: boolean;
  /** Heard from within its liveness limit. */
  readonly live: boolean;
  /** Milliseconds since it was last heard; null when it never was. */
  readonly heardMsAgo: number | null;
  /** An old program's own id, where it showed one. */
  readonly nodeId: string | null;
}

/** One way to a peer. */
export interface WayView {
  readonly endpoint: Endpoint;
  readonly path: PathKind;
  readonly via: Endpoint | null;
  /** Data takes it now. */
  readonly inUse: boolean;
  readonly live: boolean;
  readonly proven: boolean;
  /** It has not answered lately, and carries nothing until something comes over it. */
  readonly suspect: boolean;
  readonly heardMsAgo: number | null;
}

/** What was tried of late to reach somebody. */
export interface TrialView {
  readonly kind: TrialKind;
  readonly endpoint: Endpoint;
  readonly via: Endpoint | null;
  readonly endedMsAgo: number;
  readonly tookMs: number;
  readonly outcome: TrialOutcome;
}

/** How a peer is reached, and what else was tried. */
export interface ReachView {
  readonly id: PeerId;
  readonly ways: readonly WayView[];
  /** Addresses that are being tried. */
  readonly candidates: readonly Endpoint[];
  readonly trials: readonly TrialView[];
}

export interface RouteView {
  readonly to: Endpoint;
  readonly via: Endpoint;
  readonly nodeId: string | null;
  readonly ageMs: number;
}

/** `dm` is a talk of two. */
export type ChannelMode = "bare" | "open" | "private" | "dm";

/** What a channel that the user is in is called and known by. */
export interface JoinedView {
  readonly id: Guid;
  readonly name: string;
  /** The id of the event that made it, where one did. */
  readonly genesis: ChannelHash | null;
  /** The other one, of a talk of two. */
  readonly pair: NodeId | null;
}

export interface ChannelView {
  readonly id: Guid;
  readonly name: string;
  /** All but `bare`: its posts are signed, kept by all members, and brought to whoever missed them. `private`, `dm`: only members can read them. */
  readonly mode: ChannelMode;
  /** What it is about; null where nobody has said so. */
  readonly topic: string | null;
  readonly members: number;
  readonly live: number;
  /** The id of the event that made it, by which others join it; null where nobody owns it. */
  readonly genesis: string | null;
  /** Null where nobody owns it, and before the genesis has come. */
  readonly owner: string | null;
  /** The role of everybody to whom none was given; null where nobody owns it. */
  readonly others: Role | null;
  /** The user's own role. */
  readonly role: Role | null;
  /** The other one, of a talk of two. */
  readonly pair: string | null;
}

export interface MemberView {
  /** Null for one that has a role here and was never met, and for one that was met over several hops only. */
  readonly endpoint: Endpoint | null;
  /** The key, and what it calls itself, of a member that has proved one. */
  readonly nodeId: string | null;
  readonly nick: string | null;
  readonly state: "live" | "away" | "relay";
  readonly via: Endpoint | null;
  readonly heardMsAgo: number | null;
  /** `none`: it was removed. Null where nobody owns the channel, and for a bare peer. */
  readonly role: Role | null;
  /** Only the owner may let it in again. */
  readonly banned: boolean;
  /** It has written two histories in the channel. */
  readonly forked: boolean;
}

/** One session. */
export interface SessionView {
  readonly nodeId: string;
  /** Which keys frames are sealed with: the first bytes of the handshake's hash in hex, alike at both ends and no secret. */
  readonly keys: string;
  /** All keys that frames are opened with. */
  readonly opens: readonly string[];
  /** Where data goes; null while no way is known to work. */
  readonly endpoint: Endpoint | null;
  readonly path: PathKind | null;
  /** Nothing waits to be sent or acknowledged. */
  readonly idle: boolean;
  /** Messages that the other end has not yet acknowledged as kept. */
  readonly letters: number;
  /** Its clock against ours. */
  readonly aheadMs: number;
}

export interface CountersView {
  readonly datagramsIn: number;
  readonly datagramsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Datagrams over TCP; those above are UDP's alone. */
  readonly tcpIn: number;
  readonly tcpOut: number;
  readonly received: Partial<Record<VerbName, number>>;
  readonly sent: Partial<Record<VerbName, number>>;
  readonly dropped: Partial<Record<DropReason, number>>;
}

/** How far a way over several hops has come. */
export type WayState =
  | "in-use" // data takes it
  | "ready" // its far end answers over it
  | "works" // it did, when it was last tried
  | "untried"
  | "failed"; // nobody answered over it; it is tried again later

/** A way over several hops to a node, as signed lists show it. */
export interface WayToView {
  readonly to: string;
  readonly hops: 2 | 3;
  /** The nodes in between, in their order. */
  readonly over: readonly string[];
  readonly state: WayState;
}
