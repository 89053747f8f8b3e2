/**
 * Signed lists on their way: our own, to those we have to do with; and others', passed on to those whom their authors do
 * not reach. PROTOCOL.md §17.1, §17.2.
 *
 * 1. Only who is beside us in a session, over a path without a relay, is listed, told anything, or listened to.
 * 2. A list travels three hops: whoever is two hops from its author passes it on last.
 * 3. It is passed to whoever lists us and is not known to have it from elsewhere, by LIST_COPIES of those who could, chosen
 *    by its number: so a list that some hold back comes the next time by others.
 */
import type { Ed25519KeyPair } from "../../crypto/index.ts";
import type { BodyOf, NodeId } from "../../wire/index.ts";
import { encode, LISTED_MAX, WHOLE_MAX } from "../../wire/index.ts";
import { LIST_AGAIN_MS, LIST_CHANGE_MS, LIST_COPIES, LIST_RECEIVERS_MAX, MEMBERS_LISTED_MAX, OLDEST_LISTED } from "../limits.ts";
import type { Path } from "../path.ts";
import { directPath, type Peer } from "../peer-table.ts";
import { sayBytes } from "../session/frames.ts";
import type { Session } from "../session/session.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { NEARNESS, type Nearness, nearnessOf } from "./acquaintance.ts";
import { isListSigned, isSound, type NeighbourList, signList } from "./neighbour-list.ts";
import type { Rank } from "./topology.ts";

/** Ranks of lists beyond those of whom we have to do with. */
const RANK_BESIDE: Rank = 3;
const RANK_NAMED: Rank = 4;

/** Somebody beside us whom we have to do with. */
export interface Acquaintance {
  readonly id: NodeId;
  readonly peer: Peer;
  readonly session: Session;
  readonly nearness: Nearness;
}

// ---- our own ----

/** Signs our list anew where it changed or gets old, and says it to whom it was not said yet. Called at every pulse. */
export function tendLists(node: NodeState, now: Instant): void {
  const { routing, config } = node;
  if (config.signingKey === null || now - routing.lookedAt < LIST_CHANGE_MS) return;
  routing.lookedAt = now;
  routing.topology.expire(now);
  const beside = acquaintances(node, now);
  const nb = chooseListed(node.nodeId, beside);
  const isSame = routing.own?.nb.join() === nb.join();
  if (nb.length === 0) routing.own = null;
  else if (!isSame || now - routing.ownAt >= LIST_AGAIN_MS) signOwn(node, config.signingKey, nb, now);
  if (routing.own === null) return;
  const listed = new Set(nb);
  const others = beside.filter(({ id }) => !listed.has(id)).slice(0, LIST_RECEIVERS_MAX - nb.length);
  for (const each of [...beside.filter(({ id }) => listed.has(id)), ...others]) {
    if (each.session.toldList < routing.own.seq && isWorthTelling(node, routing.own, each.id, now))
      sayOwn(node, each.session, routing.own, now);
  }
}

function signOwn(node: NodeState, key: Ed25519KeyPair, nb: readonly NodeId[], now: Instant): void {
  const { routing, config } = node;
  const seq = Math.max(routing.ownSeq + 1, node.timestamp(now));
  if (seq > WHOLE_MAX) return;
  routing.ownSeq = seq;
  routing.own = signList(config.crypto, key, node.nodeId as NodeId, seq, nb);
  routing.ownAt = now;
}

/** Two who are beside nobody else have nothing to tell each other. */
function isWorthTelling(node: NodeState, { nb }: NeighbourList, to: string, now: Instant): boolean {
  const theirs = node.routing.topology.beside(to, now);
  return nb.some((id) => id !== to) || [...theirs].some((id) => id !== node.nodeId);
}

function sayOwn(node: NodeState, to: Session, list: NeighbourList, now: Instant): void {
  to.toldList = list.seq;
  say(node, to, list, now);
}

/** Those beside us, the nearest first. */
export function acquaintances(node: NodeState, now: Instant): Acquaintance[] {
  const found: Acquaintance[] = [];
  for (const session of node.sessions.all()) {
    const nearness = nearnessOf(node, session.with.nodeId);
    session.near = nearness !== null;
    if (nearness !== null && isBeside(session, now))
      found.push({ id: session.with.nodeId as NodeId, peer: session.peer, session, nearness });
  }
  return found.sort((a, b) => a.nearness - b.nearness);
}

/** What we say to it goes straight there: whoever passes on for others never does so over a relay. */
export function isBeside({ dataPath, peer }: Session, now: Instant): boolean {
  return dataPath !== null && dataPath.relay === null && directPath(peer, now) !== null;
}

/** In the order of their ids, so that the same neighbours are the same list. */
function chooseListed(self: string, beside: readonly Acquaintance[]): NodeId[] {
  const near = inLikeness(
    self,
    beside.filter(({ nearness }) => nearness !== NEARNESS.member),
  );
  const members = beside.filter(({ nearness }) => nearness === NEARNESS.member);
  const oldest = [...members].sort((a, b) => a.session.bornAt - b.session.bornAt).slice(0, OLDEST_LISTED);
  const others = inLikeness(
    self,
    members.filter((each) => !oldest.includes(each)),
  );
  const chosen = [...near.slice(0, LISTED_MAX), ...[...oldest, ...others].slice(0, MEMBERS_LISTED_MAX)];
  return chosen
    .slice(0, LISTED_MAX)
    .map(({ id }) => id)
    .sort();
}

/** Contacts, then other rendezvous, since ways over two of them need both to list the other; then as the other end would choose. */
function inLikeness(self: string, of: readonly Acquaintance[]): Acquaintance[] {
  const placed = of.map((each) => {
    const { id, nearness, session } = each;
    const pair = self < id ? self + id : id + self;
    return { each, place: 2 * nearness + (session.with.rendezvous ? 0 : 1), chance: mix(pair) };
  });
  return placed.sort((a, b) => a.place - b.place || a.chance - b.chance).map(({ each }) => each);
}

// ---- others' ----

/** Takes a list that came inside a session. */
export function onList(node: NodeState, path: Path, list: NeighbourList, now: Instant): void {
  const from = path.peer?.session ?? null;
  if (from === null) return node.drop("outside-session", path.endpoint);
  if (list.node === node.nodeId) return onOwn(node, path, list);
  const { topology } = node.routing;
  if (from.with.nodeId !== list.node && nearnessOf(node, from.with.nodeId) === null) return node.drop("routing-scope", path.endpoint);
  if (topology.isKnown(list)) return; // most come by several ways
  const rank = rankOf(node, list, from, now);
  if (rank === null) return node.drop("routing-scope", path.endpoint);
  const taking = topology.judge(list, rank, now);
  if (taking === "stale") {
    // Its author itself, perhaps with its clock set back, learns what is known of it, and goes on from there.
    const newest = topology.newest(list.node);
    if (from.with.nodeId === list.node && newest !== undefined && newest.seq > list.seq) say(node, from, newest, now);
    return node.drop("routing-stale", path.endpoint);
  }
  if (taking === "full") return node.drop("routing-full", path.endpoint);
  if (!node.routing.takeArrival(from.with.nodeId, now)) return node.drop("routing-rate", path.endpoint);
  if (!isSound(list) || !isListSigned(node.config.crypto, list)) return node.drop("routing-signature", path.endpoint);
  const isBack = topology.beside(list.node, now).size === 0;
  topology.put(list, rank, now);
  passOn(node, list, from.with.nodeId, now);
  if (from.with.nodeId === list.node && (isBack || !from.toldLists)) bringUpToDate(node, from, now);
}

/** One that we signed before our last start, or when our clock was ahead: the next goes beyond it, or nobody would take it. */
function onOwn(node: NodeState, path: Path, list: NeighbourList): void {
  const { routing, config } = node;
  if (list.seq <= routing.ownSeq) return;
  if (!isListSigned(config.crypto, list)) return node.drop("routing-signature", path.endpoint);
  routing.ownSeq = list.seq;
  routing.own = null;
}

/** Whether, and before whom, a list is kept: of those we have to do with, of those beside us, and of who is beside one of those. */
function rankOf(node: NodeState, list: NeighbourList, from: Session, now: Instant): Rank | null {
  const { topology } = node.routing;
  const nearness = nearnessOf(node, list.node);
  if (nearness !== null) return nearness;
  if (from.with.nodeId === list.node || node.sessions.of(list.node) !== undefined) return RANK_BESIDE;
  const isNear = topology.isNamed(list.node, RANK_BESIDE, now) || list.nb.some((each) => nearnessOf(node, each) !== null);
  return isNear ? RANK_NAMED : null;
}

function passOn(node: NodeState, list: NeighbourList, from: string, now: Instant): void {
  const beside = acquaintances(node, now);
  const passage = passageOf(node, list, beside, now);
  if (passage === null) return;
  for (const each of beside) if (each.id !== from && isPassedTo(node, passage, each.id, now)) say(node, each.session, list, now);
}

/** Somebody new is beside us, and says so: it gets what we would have passed to it. */
function bringUpToDate(node: NodeState, to: Session, now: Instant): void {
  const beside = acquaintances(node, now);
  if (!beside.some(({ session }) => session === to)) return;
  to.toldLists = true;
  for (const list of node.routing.topology.lists(now)) {
    const passage = passageOf(node, list, beside, now);
    if (passage !== null && isPassedTo(node, passage, to.with.nodeId, now)) say(node, to, list, now);
  }
  const { own } = node.routing;
  if (own !== null && to.toldList < own.seq) sayOwn(node, to, own, now);
}

/** How far we are from a list's author: null where that is too far to pass it on. */
function hopsTo(node: NodeState, { node: author, nb }: NeighbourList, beside: readonly Acquaintance[]): 1 | 2 | null {
  if (nb.includes(node.nodeId as NodeId) || beside.some(({ id }) => id === author)) return 1;
  return beside.some(({ id }) => nb.includes(id)) ? 2 : null;
}

/** A list that is passed on, and what is the same for all to whom it may be. */
interface Passage {
  readonly list: NeighbourList;
  readonly nb: ReadonlySet<string>;
  readonly hops: 1 | 2;
  /** True for who could pass it on as well and has the smaller number. */
  readonly goesFirst: (id: string) => boolean;
}

function passageOf(node: NodeState, list: NeighbourList, beside: readonly Acquaintance[], now: Instant): Passage | null {
  const hops = hopsTo(node, list, beside);
  if (hops === null) return null;
  const nb = new Set<string>(list.nb);
  const own = mix(node.nodeId + list.node + list.seq);
  const known = new Map<string, boolean>();
  const couldPass = (id: string) => (hops === 1 ? nb.has(id) : haveCommon(node.routing.topology.beside(id, now), nb));
  const goesFirst = (id: string) => {
    let first = known.get(id);
    if (first === undefined) {
      first = couldPass(id) && mix(id + list.node + list.seq) < own;
      known.set(id, first);
    }
    return first;
  };
  return { list, nb, hops, goesFirst };
}

function isPassedTo(node: NodeState, { list, nb, hops, goesFirst }: Passage, to: string, now: Instant): boolean {
  const theirs = node.routing.topology.beside(to, now);
  if (to === list.node || !theirs.has(node.nodeId) || nb.has(to) || theirs.has(list.node)) return false;
  if (hops === 2 && haveCommon(theirs, nb)) return false;
  let first = 0;
  for (const id of theirs) if (id !== node.nodeId && goesFirst(id) && ++first === LIST_COPIES) return false;
  return !saysBeside(node, to, list.node);
}

function haveCommon(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  for (const each of one) if (other.has(each)) return true;
  return false;
}

/** It told us, in its own ROUTING, that it hears that node itself. */
function saysBeside(node: NodeState, who: string, of: string): boolean {
  const peer = node.peers.get(who);
  return peer !== undefined && node.routes.names(peer.endpoint, of);
}

/** As it was said last: the same list goes to many. */
const written = new WeakMap<NeighbourList, Uint8Array>();

function say(node: NodeState, to: Session, list: NeighbourList, now: Instant): void {
  let bytes = written.get(list);
  if (bytes === undefined) {
    const body: BodyOf<"ROUTING"> = { ptp: list };
    bytes = encode("ROUTING", body).slice(); // of its own: what it was cut from is larger, and would be kept with it
    written.set(list, bytes);
  }
  sayBytes(node, to, "ROUTING", bytes, now);
}

/** 32 bits of a text that look like chance: FNV-1a with a last stir. Whoever chooses an id can choose them; nothing is kept from anybody by that. */
export function mix(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
