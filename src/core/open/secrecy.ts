/**
 * Private channels and talks of two among what a node does: who hears anything of one, what is written so that others can read it, and keys that are
 * asked for. PROTOCOL.md §19.
 */
import type { BodyOf, Guid, NodeId } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import type { PeerId } from "../io.ts";
import { asSeen, type Event, type EventFault } from "../log/event.ts";
import type { HybridTime } from "../log/hlc.ts";
import { isEffect, rankOf } from "../log/kind.ts";
import type { Words } from "../log/own-log.ts";
import type { Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import { AWAITED_MAX, KEYS_BURST, KEYS_KEPT_MS, KEYS_PER_SECOND } from "../private/limits.ts";
import { PastSearch } from "../private/past-search.ts";
import { answerTo, KEY_CIPHER, type KeyAnswer, type KeyQuestion, KeySearch, otkOf } from "../private/repair.ts";
import { faultInWords } from "../private/sealing.ts";
import { type OpenedEvent, Secrets } from "../private/secrets.ts";
import { save } from "../saving.ts";
import { sayInSession } from "../session/frames.ts";
import type { NodeState } from "../state.ts";
import type { Change } from "../store.ts";
import type { Instant } from "../time.ts";
import { TokenBucket } from "../token-bucket.ts";
import { carry, clocksOf, flushOwn } from "./carry.ts";
import { whenChecked } from "./holding-back.ts";
import type { OpenChannel } from "./open-channel.ts";
import { tendPast } from "./past.ts";
import { showAll } from "./shown.ts";

/** What a private channel has besides what every channel that lasts has. */
export interface Secrecy {
  readonly secrets: Secrets;
  readonly search: KeySearch;
  readonly past: PastSearch;
  /** What people were told last of what is closed of before we came. */
  pastTold: string;
  /** What each member may ask for. */
  readonly budgets: Map<NodeId, TokenBucket>;
  /** When missing keys are looked over next. */
  lookAt: Instant;
  /** A batch that writes what nobody asked for is under way. */
  isWriting: boolean;
}

/** Missing keys are looked over this often. */
const LOOK_MS = 1_000;
/** Keys that are too old are dropped this often. */
const FORGET_MS = 3_600_000;
/** The command of what no user has asked for. */
export const NOBODYS = "";

export function secrecyOf(node: NodeState, open: Pick<OpenChannel, "hash" | "lasting">): Secrecy | null {
  const { crypto, random, signingKey } = node.config;
  const { hash: channel, lasting } = open;
  if (lasting.roles.charter.isPrivate !== true || signingKey === null) return null;
  const self = node.nodeId as NodeId;
  const secrets = new Secrets({ crypto, random, channel, self, reader: node.events, roles: () => lasting.roles });
  const search = new KeySearch(crypto, random, self, signingKey, channel);
  const past = new PastSearch(crypto, random, self, signingKey, channel);
  return { secrets, search, past, pastTold: "", budgets: new Map(), lookAt: 0, isWriting: false };
}

// ---- who hears ----

/** True for a peer to whom anything of the channel may be said. */
export function mayHear({ lasting, bringer }: OpenChannel, peer: PeerId): boolean {
  if (!lasting.isKnown) return true; // and there is nothing to say but a question
  if (lasting.roles.charter.isPrivate !== true || rankOf(lasting.roles.roleOf(peer as NodeId)) >= rankOf("reader")) return true;
  return peer === bringer && lasting.mayBeMember(peer as NodeId);
}

/** True for a channel of which only those hear who are in it, and one of which we do not know yet what it is. */
export function isSecret({ genesis, pair, open }: Channel): boolean {
  if (pair !== null) return true;
  return genesis !== null && (open === null || !open.lasting.isKnown || open.secrecy !== null);
}

// ---- writing ----

/** An event of ours, and what people see of it. */
export interface Written {
  readonly event: Event;
  readonly seen: Event;
}

/** Writes what the user says, sealed where the channel is private, with what has to stand before it. */
export function writeWords(
  node: NodeState,
  channel: Channel,
  open: OpenChannel,
  words: Words,
  after: HybridTime,
  now: Instant,
): Written | EventFault {
  const { lasting, secrecy } = open;
  if (secrecy === null) return flushing(node, channel, open, words, after, now);
  const fault = faultInWords(words);
  if (fault !== null) return fault;
  const wall = node.timestamp(now);
  for (const each of secrecy.secrets.prepare(wall, lasting.clock(wall))) writePlain(node, channel, open, each, now);
  const { sealed, key } = secrecy.secrets.seal(words);
  const written = flushing(node, channel, open, sealed, after, now);
  if (typeof written === "string") return written;
  secrecy.secrets.noteWritten(written.event.id, words, key);
  return { event: written.event, seen: asSeen(written.event, words) };
}

function flushing(
  node: NodeState,
  channel: Channel,
  open: OpenChannel,
  words: Words,
  after: HybridTime,
  now: Instant,
): Written | EventFault {
  const clocks = clocksOf(node, now);
  if (open.lasting.mustFlush(clocks)) carry(node, channel, open, open.lasting.flush(clocks), now);
  const event = open.lasting.write(words, clocks, after);
  return typeof event === "string" ? event : { event, seen: event };
}

function writePlain(node: NodeState, channel: Channel, open: OpenChannel, words: Words, now: Instant): void {
  const written = flushing(node, channel, open, words, 0, now);
  if (typeof written === "string") throw new Error(`a key of ours is no event: ${written}`);
  open.commands.set(written.event.id, NOBODYS);
}

// ---- what is due ----

/** Publishes prekeys, gives keys to who can take them now, asks for those that we lack. Called at every pulse. */
export function tendSecrecy(node: NodeState, channel: Channel, open: OpenChannel, now: Instant): void {
  const { secrecy } = open;
  if (secrecy === null || node.saving.failed !== null || !channel.joined) return;
  if (!secrecy.isWriting && open.savesOpen === 0) {
    secrecy.isWriting = true;
    whenChecked(node, open, (at) => writeDuties(node, channel, open, secrecy, at), now);
  }
  if (now < secrecy.lookAt) return;
  secrecy.lookAt = now + LOOK_MS;
  const awaited = secrecy.secrets.awaited(AWAITED_MAX);
  openArrived(node, open);
  for (const { to, question } of secrecy.search.ask(awaited, presentIn(open), now)) {
    const session = node.sessions.of(to);
    if (session !== undefined) sayInSession(node, session, "GETKEY", { channel_id: open.id, ptp: question }, now);
  }
  tendPast(node, open, secrecy, now);
}

/** The members that can be asked now. */
export function presentIn(open: OpenChannel): NodeId[] {
  return [...open.neighbours].filter((peer) => mayHear(open, peer)) as string[] as NodeId[];
}

function writeDuties(node: NodeState, channel: Channel, open: OpenChannel, secrecy: Secrecy, now: Instant): void {
  secrecy.isWriting = false;
  if (node.saving.failed !== null || node.stopping) return;
  const duties = secrecy.secrets.duties(node.timestamp(now));
  for (const words of duties) writePlain(node, channel, open, words, now);
  if (duties.length > 0) flushOwn(node, channel, open, now);
}

/** Opens what waited for keys that have come, once these and it are on the disk, and shows it. */
export function openArrived(node: NodeState, open: OpenChannel): void {
  const { secrecy } = open;
  for (const name of secrecy?.secrets.takeArrived() ?? []) {
    const all = secrecy?.secrets.openKept(name) ?? [];
    keepOpened(node, open, all, () => openArrived(node, open)); // where there was more than is opened at once
  }
}

/** Keeps and shows what was opened. @param then - what is to be done once it is on the disk */
export function keepOpened(node: NodeState, open: OpenChannel, all: readonly OpenedEvent[], then: (now: Instant) => void): void {
  if (all.length === 0) return;
  open.isTouched ||= all.some(({ event }) => isEffect(event));
  const changes = all.map(({ opened }): Change => ({ kind: "opened", channelId: open.id, opened }));
  save(node, changes, {
    saved: (at) => {
      open.secrecy?.secrets.noteOpened(all);
      const events = all.map(({ event }) => event);
      showAll(node, open, events, at);
      then(at);
    },
    failed: () => {},
    retried: true,
  });
}

/** Drops keys that were kept long enough, of all channels. Called once a second. */
export function forgetOldKeys(node: NodeState, now: Instant): void {
  if (now - node.keysForgottenAt < FORGET_MS) return;
  node.keysForgottenAt = now;
  const wall = node.timestamp(now);
  const opens = node.channels.joined().flatMap(({ open }) => open ?? []);
  for (const { secrecy } of opens) secrecy?.secrets.forgetOld(wall);
  const isPrivate = opens.some(({ secrecy }) => secrecy !== null);
  const hasLeft = node.config.restored.logs.some(({ channel }) => !opens.some(({ hash }) => hash === channel)); // perhaps a private one
  if ((isPrivate || hasLeft) && node.saving.failed === null) save(node, [{ kind: "keys-old", before: wall - KEYS_KEPT_MS }]);
}

// ---- asking and answering ----

/** A GETKEY of a member: answered where it may read that epoch, and we have its key. */
export function onGetKey(node: NodeState, path: Path, peer: Peer, body: BodyOf<"GETKEY">, question: KeyQuestion, now: Instant): void {
  const open = node.channels.get(body.channel_id as Guid)?.open ?? null;
  if (open?.secrecy == null) return node.drop("not-joined", path.endpoint);
  const { crypto, random, signingKey } = node.config;
  const asker = peer.id as NodeId;
  const { author, epoch } = question;
  const since = open.lasting.roles.sinceOf(asker);
  if (since === null || !mayHear(open, asker)) return node.drop("not-a-member", path.endpoint);
  if (!budgetOf(open.secrecy, asker, now).take(1, now)) return node.drop("busy", path.endpoint);
  const name = { channel: open.hash, author, epoch };
  const ends = { asker, answerer: node.nodeId as NodeId };
  const otk = otkOf(crypto, name, ends, question);
  if (otk === null) return node.drop("bad-key", path.endpoint);
  const key = epoch > since ? open.secrecy.secrets.keyOf(author, epoch) : null; // what was said before it came is not for it
  const answer = key === null || signingKey === null ? null : answerTo(crypto, random, signingKey, name, ends, question, otk, key);
  const session = node.sessions.of(peer.id);
  if (answer === null || session === undefined) return;
  const { key: box, ...ptp } = answer;
  sayInSession(node, session, "KEY", { channel_id: open.id, cipher: KEY_CIPHER, key: box, ptp }, now);
}

/** A KEY that answers a question of ours. */
export function onSenderKey(node: NodeState, path: Path, peer: Peer, body: BodyOf<"KEY">, answer: KeyAnswer, now: Instant): void {
  const open = node.channels.get(body.channel_id as Guid)?.open ?? null;
  if (open?.secrecy == null) return node.drop("not-joined", path.endpoint);
  const found = open.secrecy.search.open(answer, body.key, peer.id as NodeId);
  if (found === null || !open.secrecy.secrets.takeAnswer(found.name, found.key, node.timestamp(now)))
    return node.drop("bad-key", path.endpoint);
  save(node, open.secrecy.secrets.takeChanges(), { saved: () => {}, failed: () => {}, retried: true });
  openArrived(node, open);
}

export function budgetOf({ budgets }: Secrecy, asker: NodeId, now: Instant): TokenBucket {
  const budget = budgets.get(asker) ?? new TokenBucket(KEYS_BURST, KEYS_PER_SECOND, now);
  budgets.set(asker, budget);
  return budget;
}

/** For people: whose events wait for their keys, how many, and how many members were asked. */
export function lockedIn(node: NodeState, channelId: Guid): { author: string; count: number; asked: number }[] {
  const secrecy = node.channels.get(channelId)?.open?.secrecy ?? null;
  return secrecy === null ? [] : secrecy.search.missing().map((each) => ({ ...each }));
}
