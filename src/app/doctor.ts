/** What keeps a node from reaching others, put together from what all its parts know, and what that comes to. */
import { networkInterfaces } from "node:os";
import type { LifetimeReport, NatReport, NodeEvent, ReachView, Ref, SessionView } from "../core/index.ts";
import { type Ip, ipOf, parseIp, scopeOf } from "../wire/index.ts";
import { ApiError, type DiagnosedPeer, type Diagnosis, type Finding } from "./api.ts";
import type { Engine } from "./engine.ts";
import { namedPeers } from "./named-views.ts";
import { VERSION } from "./version.ts";

/** A survey ends within three stages of 1.5 s. */
const SURVEY_WITHIN_MS = 8_000;
/** The longest silence has 125 s; before it the sockets are opened and seen, within 14 s, and after it the answer may take 4 s. */
const LIFETIME_WITHIN_MS = 150_000;
/** From here on a clock is worth a word, as in warnings. */
const CLOCK_WRONG_MS = 60_000;
const NO_NAT: NatReport = { mapping: "unknown", filtering: "unknown", keepsPort: null, helpers: [], reason: "no-answer" };
const NO_LIFETIME: LifetimeReport = { atLeastS: null, belowS: null, reason: "no-answer" };

/** What the rest of the app knows. */
interface About {
  /** An id or endpoint to look at; null for all peers. */
  readonly peer: string | null;
  readonly unresolved: readonly string[];
  /** What the events about the lifetime of the NAT's mappings are to repeat; null where that is not asked for. */
  readonly lifetimeRef: Ref | null;
}

/** @throws ApiError `no-such-peer` when nobody is known there and nothing was tried, `stopping` */
export async function diagnose(engine: Engine, { peer, unresolved, lifetimeRef }: About): Promise<Diagnosis> {
  const addresses = machineAddresses();
  const own = addresses.map(({ ip }) => ip);
  const nat = await survey(engine, own);
  const lifetime = lifetimeRef === null ? null : await lifetimeOf(engine, lifetimeRef, own);
  const { core, sockets, config, now, storeFailed } = engine;
  const peers = diagnosedPeers(engine).filter((each) => peer === null || isAsked(each, peer));
  const vain = core.vainTrials(now).filter(({ endpoint }) => peer === null || endpoint === peer || ipOf(endpoint) === peer);
  if (peer !== null && peers.length === 0 && vain.length === 0)
    throw new ApiError("no-such-peer", `this node knows nobody called ${peer}, and has tried nothing there: ptpchat connect tries`);
  const { datagramsIn, datagramsOut } = core.counters();
  const known = {
    version: VERSION,
    platform: `${process.platform} ${process.arch}, Node.js ${process.versions.node}`,
    uptimeMs: engine.uptimeMs,
    role: config.rendezvous ? ("rendezvous" as const) : ("node" as const),
    udp: sockets.local,
    tcp: sockets.tcp,
    families: sockets.families,
    addresses: addresses.map(({ name, ip }) => ({ interface: name, ip, scope: scopeOf(ip) })),
    ipv6: sockets.families !== "ipv4" && addresses.some(({ ip }) => ip.includes(":") && scopeOf(ip) === "public"),
    ipv6Seen: nat.helpers.flatMap(({ seen }) => (seen?.startsWith("[") ? [seen] : [])),
    nat,
    lifetime,
    lan: engine.lan?.() ?? null,
    mapping: engine.mapper?.view ?? null,
    socketErrors: sockets.errors,
    store: { state: storeFailed === null ? ("ok" as const) : ("failed" as const), code: storeFailed },
    clock: clockOf(core.sessions()),
    datagrams: { in: datagramsIn, out: datagramsOut },
    unresolved,
    peers,
    vain,
  };
  return { ...known, findings: findingsOf(known) };
}

async function survey(engine: Engine, own: readonly Ip[]): Promise<NatReport> {
  const ref = engine.waits.freeRef();
  const found = foundOut(engine, ref, SURVEY_WITHIN_MS, natIn, NO_NAT);
  engine.command({ kind: "survey", ref, own });
  return found;
}

function natIn(event: NodeEvent): NatReport | undefined {
  return event.type === "nat" ? event.nat : undefined;
}

async function lifetimeOf(engine: Engine, ref: Ref, own: readonly Ip[]): Promise<LifetimeReport> {
  const found = foundOut(engine, ref, LIFETIME_WITHIN_MS, lifetimeIn, NO_LIFETIME);
  engine.command({ kind: "lifetime", ref, own });
  return found;
}

function lifetimeIn(event: NodeEvent): LifetimeReport | undefined {
  return event.type === "lifetime" && event.step.step === "done" ? event.step.report : undefined;
}

/** What the core found out, or `none` where it said nothing in time. */
async function foundOut<Found>(
  engine: Engine,
  ref: Ref,
  withinMs: number,
  look: (event: NodeEvent) => Found | undefined,
  none: Found,
): Promise<Found> {
  const late = () => new ApiError("timeout", "the neighbours did not answer");
  return engine.waits.until(`ref ${ref}`, withinMs, look, late).catch((error: unknown) => {
    if (error instanceof ApiError && error.code === "timeout") return none;
    throw error;
  });
}

function machineAddresses(): { name: string; ip: Ip }[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ address, internal }) => {
      const ip = internal ? null : parseIp(address.split("%")[0] ?? "");
      return ip === null ? [] : [{ name, ip }];
    }),
  );
}

function diagnosedPeers(engine: Engine): DiagnosedPeer[] {
  const reach = new Map<string, ReachView>(engine.core.reach(engine.now).map((view) => [view.id, view]));
  return namedPeers(engine).map(({ id, kind, name, live, found, rttMs }) => {
    const { ways = [], candidates = [], trials = [] } = reach.get(id) ?? {};
    return { id, kind, name, live, found, rttMs, ways, candidates, trials };
  });
}

function isAsked({ id, ways, trials }: DiagnosedPeer, peer: string): boolean {
  return id === peer || [...ways, ...trials].some(({ endpoint }) => endpoint === peer || ipOf(endpoint) === peer);
}

/** The middle one: a few wrong clocks among the others do not matter. */
function clockOf(sessions: readonly SessionView[]): Diagnosis["clock"] {
  const ahead = sessions.map(({ aheadMs }) => aheadMs).sort((a, b) => a - b);
  return { sessions: ahead.length, behindMs: ahead[Math.floor(ahead.length / 2)] ?? null };
}

type Known = Omit<Diagnosis, "findings">;

/** Whoever came to us over TCP may have trouble of its own: only whom we called that way tells of our network. */
function isUdpBlocked({ peers }: Known): boolean {
  return peers.some((peer) => peer.found !== "came" && usesTcp(peer)) && !peers.some(usesUdp);
}

function usesTcp({ ways }: DiagnosedPeer): boolean {
  return ways.some(({ inUse, path }) => inUse && path === "tcp");
}

function usesUdp({ ways }: DiagnosedPeer): boolean {
  return ways.some(({ live, path }) => live && (path === "direct" || path === "punched"));
}

function isOfProxy({ outcome }: { readonly outcome: string }): boolean {
  return outcome.startsWith("proxy-");
}

const RULES: readonly (readonly [Finding, (known: Known) => boolean])[] = [
  ["store-failed", ({ store }) => store.state === "failed"],
  ["no-network", ({ addresses, udp }) => addresses.length === 0 && scopeOf(ipOf(udp)) !== "loopback"],
  ["sends-blocked", ({ socketErrors }) => (socketErrors.EPERM ?? 0) + (socketErrors.EACCES ?? 0) > 0],
  ["unresolved-names", ({ unresolved }) => unresolved.length > 0],
  ["nothing-arrives", ({ datagrams, peers }) => datagrams.in === 0 && datagrams.out > 0 && !peers.some(usesTcp)],
  ["udp-blocked", isUdpBlocked],
  ["tcp-peers", (known) => known.peers.some(usesTcp) && !isUdpBlocked(known)],
  ["tcp-not-bound", ({ tcp }) => tcp.fault !== null],
  ["proxy-failed", ({ peers, vain }) => [...vain, ...peers.filter(({ live }) => !live).flatMap(({ trials }) => trials)].some(isOfProxy)],
  ["nobody-reached", ({ peers }) => !peers.some(({ live }) => live)],
  ["clock-wrong", ({ clock }) => Math.abs(clock.behindMs ?? 0) >= CLOCK_WRONG_MS],
  ["nat-unknown", ({ nat }) => nat.mapping === "unknown"],
  ["open", ({ nat }) => nat.mapping === "none" && nat.filtering.startsWith("endpoint-independent")],
  ["firewalled", ({ nat }) => nat.mapping === "none" && nat.filtering.startsWith("address")],
  ["nat-friendly", ({ nat }) => nat.mapping.startsWith("endpoint-independent")],
  ["nat-hard", ({ nat }) => nat.mapping.startsWith("address")],
  ["no-ipv6", ({ ipv6, nat }) => !ipv6 && nat.mapping !== "none"],
  ["lan-failed", ({ lan }) => lan?.at.some(({ by }) => by.length === 0) === true],
  ["relayed-peers", ({ peers }) => peers.some(({ ways }) => ways.some(({ inUse, path }) => inUse && path === "relay"))],
];

/** Each rule by itself, so that nothing hides behind something else. */
export function findingsOf(known: Known): Finding[] {
  return RULES.filter(([, holds]) => holds(known)).map(([finding]) => finding);
}
