/** What `doctor` answers: part of the door that `api.ts` describes. */
import type { LifetimeReport, NatReport, ReachView, TrialView } from "../core/index.ts";
import type { LanView, MapView, TcpView } from "../net/index.ts";
import type { Endpoint, Scope } from "../wire/index.ts";
import type { NamedPeer, Status } from "./api.ts";

export interface Diagnosis {
  readonly version: string;
  readonly platform: string;
  readonly uptimeMs: number;
  readonly role: Status["role"];
  /** `ip:port` of the listening socket, and what can be sent to from it. */
  readonly udp: Endpoint;
  readonly tcp: TcpView;
  readonly families: "ipv4" | "ipv6" | "both";
  /** The machine's addresses, loopback left out. */
  readonly addresses: readonly { readonly interface: string; readonly ip: string; readonly scope: Scope }[];
  /** The machine has a public address of IPv6 and the node listens there. */
  readonly ipv6: boolean;
  /** Where neighbours see the node over IPv6. */
  readonly ipv6Seen: readonly Endpoint[];
  readonly nat: NatReport;
  /** How long the NAT keeps a mapping over which nothing is sent; null where that was not asked for. */
  readonly lifetime: LifetimeReport | null;
  readonly lan: LanView | null;
  /** What the gateway keeps open, or why it does not; null where it is not asked. */
  readonly mapping: MapView | null;
  readonly socketErrors: Readonly<Record<string, number>>;
  readonly store: Status["store"];
  /** Our clock against those of the nodes that we hold sessions with: ours is behind by so much in the middle (ahead, where negative). */
  readonly clock: { readonly sessions: number; readonly behindMs: number | null };
  readonly datagrams: { readonly in: number; readonly out: number };
  /** Names given with `--peer` that have no address. */
  readonly unresolved: readonly string[];
  /** Those that were asked about, or all. */
  readonly peers: readonly DiagnosedPeer[];
  /** What was tried at places where nobody is known. */
  readonly vain: readonly TrialView[];
  /** What it comes to, the most important first; cli.md has a line for each. */
  readonly findings: readonly Finding[];
}

export interface DiagnosedPeer extends Omit<ReachView, "id">, Pick<NamedPeer, "id" | "kind" | "name" | "live" | "found" | "rttMs"> {}

/** Stable; each has its line in cli.md, and its sentence in the faces. */
export type Finding =
  | "store-failed" // nothing new is kept
  | "clock-wrong" // this machine's, by most of the others
  | "nothing-arrives" // something was sent and nothing ever came
  | "udp-blocked" // nothing comes over UDP, and peers are reached over TCP
  | "tcp-peers" // some peers are reached over TCP, though UDP works with others
  | "tcp-not-bound" // others cannot come over TCP: the port is not to be had
  | "proxy-failed" // the proxy does not let TCP connections through
  | "unresolved-names"
  | "nobody-reached" // no live peer
  | "sends-blocked" // the system refuses to send: a firewall of this machine
  | "no-network" // this machine has no address
  | "nat-unknown" // there is nobody to ask
  | "open" // anybody can reach this node
  | "firewalled" // no NAT, but only answers come in
  | "nat-friendly" // a punch gets through to most
  | "nat-hard" // each peer sees another port
  | "no-ipv6"
  | "lan-failed" // the local network refuses the ways to be found there
  | "relayed-peers"; // some are reached only over a third
