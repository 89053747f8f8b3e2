/** Everything that one node knows, and the list of what it wants done in the step under way. */
import { base32, nodeGuidHash } from "../crypto/index.ts";
import { type Endpoint, encode, type Guid, guidFrom, type NodeId, type VerbName } from "../wire/index.ts";
import { AgingMap } from "./aging-map.ts";
import { ApproachTable } from "./approach/approach-table.ts";
import { CandidateTable } from "./candidate-table.ts";
import { type Channel, ChannelTable } from "./channel-table.ts";
import type { NodeConfig } from "./config.ts";
import { CreditLedger } from "./credit-ledger.ts";
import type { Dial } from "./dials.ts";
import { FileTable } from "./files/file-table.ts";
import { IntroductionTable } from "./introduction-table.ts";
import type { ConnectStep, DropReason, NodeEvent, Output, PeerId, Ref } from "./io.ts";
import { BARE_IDS_MAX, FULL_ENDPOINTS_MAX, LEFT_CHANNELS_MAX, MESSAGE_IDS_MAX, OWN_NAMES_MAX, SELF_MARKS_MAX } from "./limits.ts";
import type { ChannelHash } from "./log/event.ts";
import { WatchedReader } from "./log/watched-reader.ts";
import { Mailboxes } from "./mailbox/mailbox.ts";
import type { OpenChannel } from "./open/open-channel.ts";
import type { TalkRequest } from "./open/talks.ts";
import type { Path } from "./path.ts";
import { PeerTable } from "./peer-table.ts";
import { PostTable } from "./post-table.ts";
import { PunchTable } from "./punch-table.ts";
import type { Redial } from "./redials.ts";
import { RouteTable } from "./route-table.ts";
import { Routing } from "./routing/routing.ts";
import { onReadFailed, Saving } from "./saving.ts";
import { SeenSet } from "./seen-set.ts";
import { HandshakeTable } from "./session/handshake-table.ts";
import { Link } from "./session/link.ts";
import { SessionTable } from "./session/session-table.ts";
import { SocketUsers } from "./socket-users.ts";
import { StreamTable } from "./stream-table.ts";
import { SurveyTable } from "./survey-table.ts";
import { type Instant, NEVER_YET, type Timestamp } from "./time.ts";
import { Timers } from "./timers.ts";
import { TrialLog } from "./trial-log.ts";
import { WaitingRoom } from "./waiting-room.ts";

export interface Counters {
  datagramsIn: number;
  datagramsOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Datagrams over TCP, which are not among those above. */
  tcpIn: number;
  tcpOut: number;
  readonly received: Map<VerbName, number>;
  readonly sent: Map<VerbName, number>;
  readonly dropped: Map<DropReason, number>;
}

export class NodeState {
  readonly config: NodeConfig;
  readonly nodeId: string;
  /** Our id for old programs. */
  readonly guid: Guid;
  readonly peers = new PeerTable();
  readonly credit: CreditLedger;
  readonly waiting = new WaitingRoom();
  readonly seen = new SeenSet();
  readonly channels = new ChannelTable();
  readonly routes = new RouteTable();
  readonly routing: Routing;
  readonly punches = new PunchTable();
  readonly sockets = new SocketUsers();
  /** TCP connections. */
  readonly streams = new StreamTable();
  readonly introductions = new IntroductionTable();
  readonly posts = new PostTable();
  readonly saving = new Saving();
  /** Signed events that are on the disk. */
  readonly events: WatchedReader;
  readonly dials: Dial[] = [];
  /** What proves us inside a handshake; null for a node that holds no sessions. */
  readonly link: Link | null;
  readonly handshakes: HandshakeTable;
  readonly sessions = new SessionTable();
  readonly trials = new TrialLog();
  readonly surveys = new SurveyTable();
  readonly candidates: CandidateTable;
  /** Files that are given and fetched. */
  readonly files = new FileTable();
  readonly approaches = new ApproachTable();
  readonly mailboxes = new Mailboxes();
  /** Where the listening socket is reached at addresses of this machine. */
  ownEndpoints: readonly Endpoint[] = [];
  /** Where our gateway lets everybody in, by what it lets in. */
  readonly mapped: { udp: Endpoint | null; tcp: Endpoint | null } = { udp: null, tcp: null };
  /** Endpoints of nodes that fell silent, to be called again. */
  readonly redials = new Map<Endpoint, Redial>();
  /** Until when an endpoint that held a session is not served in the bare plane: by the way there. */
  readonly fullEndpoints = new AgingMap<string, Instant>(FULL_ENDPOINTS_MAX);
  /** Messages of sessions that we have kept, by sender and id. */
  readonly messageIds = new AgingMap<string, true>(MESSAGE_IDS_MAX);
  /** Those that are being kept just now. */
  readonly arriving = new Set<string>();
  /** Messages of the bare plane whose senders gave them an id, until they are kept and after; see {@link onProvenMessage}. */
  readonly bareIds = new AgingMap<string, "arriving" | "kept" | "lost">(BARE_IDS_MAX);
  /** When the open message of a peer is due for its next copy or its end. */
  readonly outboxTimers = new Timers<PeerId>();
  readonly counters: Counters;
  readonly hello: Uint8Array = encode("HELLO");
  readonly helloWithId: Uint8Array;
  /** Keys the cookies; never leaves the node and lives as long as it. */
  readonly cookieSecret: Uint8Array;
  epoch: Timestamp;
  tapping = false;
  stopping = false;
  /** Our own clock is off those of most others, and the user was told. */
  isClockWrong = false;
  /** When this run began. */
  readonly bornAt: Instant;
  pulseAt: Instant;
  /** When keys of private channels that are too old were last dropped. */
  keysForgottenAt: Instant = NEVER_YET;
  /** The set of live neighbours changed since ROUTING was last sent for that reason. */
  neighboursChanged = false;
  changeSentAt: Instant;
  /** Until when what was said in ROUTING keeps the next change waiting. */
  routingPaidAt: Instant;
  /** Announced members that we want to reach directly, and who can introduce us. */
  readonly wanted = new Map<Endpoint, Path>();
  /** Said in our JOINs, and to whom: whoever sends it back is this very node, under another name that somebody gave it. */
  readonly selfMarks = new AgingMap<string, PeerId>(SELF_MARKS_MAX);
  /** Such names, with when they were last found out. */
  readonly ownNames = new AgingMap<Endpoint, Instant>(OWN_NAMES_MAX);
  /** When each announcer was last asked by ourselves. */
  readonly askedAt = new Map<Endpoint, Instant>();
  /** Open channels that the user left in this run: what is on the disk of them goes on where it is. */
  readonly leftChannels = new AgingMap<ChannelHash, OpenChannel>(LEFT_CHANNELS_MAX);
  /** Nodes that are no contacts and want to talk. */
  readonly requests = new Map<NodeId, TalkRequest>();
  /** Channels with events that came in the step under way and are given to the store at its end. */
  readonly gathering = new Map<OpenChannel, Channel>();
  out: Output[] = [];

  constructor(config: NodeConfig, now: Instant) {
    this.config = config;
    this.nodeId = base32(config.publicKey);
    this.guid = guidFrom(nodeGuidHash(config.crypto, config.publicKey));
    this.helloWithId = encode("HELLO", { node_id: this.guid }, true);
    this.cookieSecret = config.random(32);
    this.credit = new CreditLedger(now);
    this.routing = new Routing(now);
    this.events = new WatchedReader(config.events, (code) => onReadFailed(this, code));
    this.candidates = new CandidateTable(now);
    this.link = config.signingKey === null ? null : new Link(config, config.signingKey);
    this.handshakes = new HandshakeTable(now);
    for (const id of config.restored.recent) this.messageIds.set(id, true);
    this.epoch = config.epoch;
    this.bornAt = now;
    this.pulseAt = now;
    this.changeSentAt = now;
    this.routingPaidAt = now;
    const none = { datagramsIn: 0, datagramsOut: 0, bytesIn: 0, bytesOut: 0, tcpIn: 0, tcpOut: 0 };
    this.counters = { ...none, received: new Map(), sent: new Map(), dropped: new Map() };
  }

  emit(event: NodeEvent): void {
    this.out.push({ kind: "event", event });
  }

  connectStep(ref: Ref | null, step: ConnectStep): void {
    if (ref !== null) this.emit({ type: "connect", ref, step });
  }

  drop(reason: DropReason, from: Endpoint): void {
    count(this.counters.dropped, reason);
    this.out.push({ kind: "dropped", reason, from });
  }

  /** A path is no more; the socket that nothing else uses goes with it. */
  releaseSocket(path: Path): void {
    if (!this.sockets.remove(path) || this.approaches.at(path.socket) !== undefined) return; // an approach closes what was opened for it when it ends
    this.streams.remove(path.socket);
    this.out.push({ kind: "close", socket: path.socket });
  }

  /** Puts a datagram out over a path that leads over no relay. */
  put({ kind, socket, endpoint: to }: Path, bytes: Uint8Array): void {
    if (kind === "tcp") this.counters.tcpOut++;
    else {
      this.counters.datagramsOut++;
      this.counters.bytesOut += bytes.length;
    }
    this.out.push({ kind: "send", socket, to, bytes });
  }

  /** The wall clock at `now`. */
  timestamp(now: Instant): Timestamp {
    return Math.round(this.epoch + now);
  }

  /** 32 hex digits that nobody else has. */
  newId(): string {
    let id = "";
    for (const byte of this.config.random(16)) id += byte.toString(16).padStart(2, "0");
    return id;
  }
}

export function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
