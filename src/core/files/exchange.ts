/** Giving and fetching files among the members of a channel, inside their sessions. PROTOCOL.md §21.3, §21.4. */
import { BLOCKS_ASKED_MAX, type BodyOf, type Guid, type NodeId, readBlock, writeBlockHead } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import type { PeerId } from "../io.ts";
import type { Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import { sayBlock, sayInSession } from "../session/frames.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { Fetch, type FetchOutput, type FetchView } from "./fetch.ts";
import type { Gift } from "./giving.ts";
import { blocksIn, countAt, type Shape } from "./layout.ts";
import { FETCHES_MAX, HELD_MAX, UNSENT_BYTES_MAX } from "./limits.ts";

type Asked = NonNullable<NonNullable<BodyOf<"CHANNEL">["ptp"]>["blocks"]>;
type Wanted = Pick<Asked, "root" | "level"> & { readonly want: readonly number[] };

// ---- what the user has and wants ----

/** Blocks of a file may be given to the members of a channel; what is not there yet is lacking. */
export function holdFile(node: NodeState, root: string, shape: Shape, channelId: Guid): void {
  const { held } = node.files;
  const known = held.get(root);
  if (known !== undefined) known.channels.add(channelId);
  else if (held.size < HELD_MAX) held.set(root, { shape, channels: new Set([channelId]) });
}

/** Fetches a file of a channel, until all of it is kept or the user does not want it any more. @param have - a bit for each block that is there */
export function fetchFile(node: NodeState, root: string, shape: Shape, channelId: Guid, have: Uint8Array, now: Instant): void {
  const { fetches } = node.files;
  if (fetches.has(root) || fetches.size >= FETCHES_MAX) return;
  const fetch = new Fetch(node.config.crypto, node.config.random, root, shape, have);
  fetches.set(root, { fetch, channelId });
  tendFetch(node, fetch, channelId, now);
}

/** The file is neither fetched nor given any more. */
export function letFileGo(node: NodeState, root: string): void {
  node.files.fetches.delete(root);
  node.files.held.delete(root);
}

export function viewFetches(node: NodeState): FetchView[] {
  return [...node.files.fetches.values()].map(({ fetch }) => fetch.view);
}

/** The disk has what came. */
export function onBlockKept(node: NodeState, root: string, level: number, index: number, now: Instant): void {
  const fetching = node.files.fetches.get(root);
  if (fetching !== undefined) carryOut(node, fetching.channelId, fetching.fetch, fetching.fetch.kept(level, index, now), now);
}

// ---- what neighbours say ----

/** A CHANNEL of a neighbour that is about blocks. */
export function onBlocksAsked(node: NodeState, channel: Channel, peer: Peer, path: Path, asked: Asked, now: Instant): void {
  if (!isOfChannel(channel, peer.id)) return node.drop("not-a-member", path.endpoint);
  const { root, level, want, lacking, has = [] } = asked;
  const fetching = node.files.fetches.get(root);
  if (lacking !== undefined && fetching?.channelId === channel.id)
    carryOut(node, channel.id, fetching.fetch, fetching.fetch.lacks(peer.id, level, lacking, has, now), now);
  if (want !== undefined) onWanted(node, channel, peer, path, { root, level, want }, now);
}

function onWanted(node: NodeState, channel: Channel, peer: Peer, path: Path, { root, level, want }: Wanted, now: Instant): void {
  const held = node.files.held.get(root);
  // Of a file of another channel nothing is told, not even that it is here.
  if (held === undefined || !held.channels.has(channel.id))
    return sayLacking(node, channel.id, peer.id, { root, level, lacking: [...want] }, now);
  const fetch = node.files.fetches.get(root)?.fetch;
  const lacking = fetch === undefined ? [] : want.filter((index) => !fetch.isKept(level, index));
  const has = fetch === undefined || level !== 0 ? [] : fetch.keptFrom(Math.min(...lacking), BLOCKS_ASKED_MAX);
  if (lacking.length > 0) sayLacking(node, channel.id, peer.id, { root, level, lacking, ...(has.length === 0 ? {} : { has }) }, now);
  const known = want.filter((index) => index < countAt(held.shape, level) && !lacking.includes(index));
  const gifts = known.map((index) => ({ to: peer.id, channelId: channel.id, root, level, index }));
  const refused = node.files.giving.want(gifts, blocksIn(held.shape), now) + want.length - lacking.length - known.length;
  for (let count = 0; count < refused; count++) node.drop("busy", path.endpoint);
}

/** A block of a file. `message` is good until this returns, unless it is too long to have come in one frame. */
export function onBlock(node: NodeState, path: Path, message: Uint8Array, isOwn: boolean, now: Instant): void {
  const block = readBlock(message);
  const peer = path.peer;
  if (block === null || peer === null) return node.drop("bad-data", path.endpoint);
  const fetching = node.files.fetches.get(block.root);
  if (fetching === undefined) return node.drop("stray-block", path.endpoint);
  const bytes = isOwn ? block.bytes : block.bytes.slice();
  const taken = fetching.fetch.take(peer.id, block.level, block.index, bytes, now);
  if (typeof taken === "string") return node.drop(taken, path.endpoint);
  carryOut(node, fetching.channelId, fetching.fetch, taken, now);
}

// ---- giving ----

/** Has read what may go now. Called at the end of a step: what was acknowledged in it has made room. */
export function giveOn(node: NodeState): void {
  const { giving } = node.files;
  if (giving.isIdle) return;
  for (const to of giving.waiting()) {
    const session = node.sessions.of(to);
    if (session === undefined) giving.forget(to);
    else if (session.transport.queuedBytes < UNSENT_BYTES_MAX) readNext(node, to);
  }
}

function readNext(node: NodeState, to: PeerId): void {
  for (let next = node.files.giving.next(to); next !== null; next = node.files.giving.next(to)) {
    const { root, level, index } = next.gift;
    node.out.push({ kind: "read-block", read: next.read, root, level, index });
  }
}

/** @param message - with room for its head before the block; null for one that is not here */
export function onBlockRead(node: NodeState, read: number, message: Uint8Array | null, now: Instant): void {
  const gift = node.files.giving.done(read);
  if (gift === undefined) return;
  const { root, level, index, channelId, to } = gift;
  if (message === null || !mayGive(node, gift)) return sayLacking(node, channelId, to, { root, level, lacking: [index] }, now);
  const session = node.sessions.of(to);
  if (session === undefined) return;
  writeBlockHead(message, level, index, root);
  sayBlock(node, session, message, now);
}

/** Who was removed, or a file that was dropped, since it was asked for: nothing goes. */
function mayGive(node: NodeState, { to, channelId, root }: Gift): boolean {
  const channel = node.channels.get(channelId);
  return channel !== undefined && isOfChannel(channel, to) && node.files.held.get(root)?.channels.has(channelId) === true;
}

/** A node that is there and has a role in the channel. */
function isOfChannel({ open, joined }: Channel, id: PeerId): boolean {
  return joined && open?.neighbours.has(id) === true && open.lasting.roles.roleOf(id as NodeId) !== "none";
}

function sayLacking(node: NodeState, channelId: Guid, to: PeerId, blocks: Asked, now: Instant): void {
  const session = node.sessions.of(to);
  if (session !== undefined) sayInSession(node, session, "CHANNEL", { channel_id: channelId, ptp: { blocks } }, now);
}

// ---- fetching ----

/** Called at every pulse. */
export function tendFiles(node: NodeState, now: Instant): void {
  for (const { fetch, channelId } of [...node.files.fetches.values()]) tendFetch(node, fetch, channelId, now);
}

function tendFetch(node: NodeState, fetch: Fetch, channelId: Guid, now: Instant): void {
  const channel = node.channels.get(channelId);
  const present = [...(channel?.open?.neighbours ?? [])].filter((id) => channel !== undefined && isOfChannel(channel, id));
  fetch.setGivers(new Set(present));
  carryOut(node, channelId, fetch, fetch.tick(now), now);
}

function carryOut(node: NodeState, channelId: Guid, { root }: Fetch, outputs: readonly FetchOutput[], now: Instant): void {
  for (const output of outputs) {
    if (output.kind === "keep") node.out.push({ root, ...output, kind: "keep-block" });
    else if (output.kind === "ask") ask(node, channelId, root, output, now);
    else {
      node.files.fetches.delete(root);
      node.out.push({ kind: "fetch-ended", root, reason: output.reason });
    }
  }
}

function ask(node: NodeState, channelId: Guid, root: string, output: FetchOutput & { kind: "ask" }, now: Instant): void {
  const session = node.sessions.of(output.to);
  const blocks = { root, level: output.level, want: [...output.want] };
  if (session !== undefined) sayInSession(node, session, "CHANNEL", { channel_id: channelId, ptp: { blocks } }, now);
}
