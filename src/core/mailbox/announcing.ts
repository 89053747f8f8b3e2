/**
 * Where something can be left for a node: each says it, sealed, in each private channel and talk. PROTOCOL.md §22.4.
 *
 *   `mailbox` event: pass, key; then for each mailbox its node and after it where it is reached
 */
import { type Endpoint, type NodeId, parseEndpoint, parseEventId, parseNodeId } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import type { Detail, Event } from "../log/event.ts";
import { type HybridTime, US_PER_MS } from "../log/hlc.ts";
import { rankOf } from "../log/kind.ts";
import { detailOf } from "../log/statement.ts";
import { fromBase64url, toBase64url } from "../log/text-form.ts";
import { flushOwn } from "../open/carry.ts";
import { whenChecked } from "../open/holding-back.ts";
import type { OpenChannel } from "../open/open-channel.ts";
import { NOBODYS, writeWords } from "../open/secrecy.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { NEWCOMER_GAP_MS, OWN_MAILBOXES_MAX } from "./limits.ts";
import { ownSlot } from "./slots.ts";

export interface MailboxPlace {
  readonly node: NodeId;
  readonly at: readonly Endpoint[];
}

/** How something is left for a member. */
export interface Announced {
  readonly pass: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  readonly mailboxes: readonly MailboxPlace[];
}

const KEY_DIGITS = 43;
const PLACES_READ_MAX = 4;

/** Null where the event says nothing of use, or that there is no mailbox any more. */
export function readAnnounced(event: Event): Announced | null {
  const pass = parseEventId(detailOf(event, "pass") ?? "");
  const key = detailOf(event, "key") ?? "";
  if (pass === null || !/^[A-Za-z0-9_-]{43}$/.test(key) || key.length !== KEY_DIGITS) return null;
  const mailboxes: { node: NodeId; at: Endpoint[] }[] = [];
  for (const [name, value] of event.details) {
    const node = name === "node" ? parseNodeId(value) : null;
    const at = name === "at" ? parseEndpoint(value) : null;
    if (node !== null && mailboxes.length < OWN_MAILBOXES_MAX) mailboxes.push({ node, at: [] });
    const last = mailboxes.at(-1);
    if (at !== null && last !== undefined && last.at.length < PLACES_READ_MAX) last.at.push(at);
  }
  return mailboxes.length === 0 ? null : { pass, key: fromBase64url(key), mailboxes };
}

/** Says in each channel what has changed of our mailboxes. Called once a second. */
export function tendAnnouncing(node: NodeState, now: Instant): void {
  if (node.saving.failed !== null || node.stopping) return;
  for (const channel of node.channels.joined()) {
    const { open } = channel;
    if (open === null || open.secrecy === null || open.savesOpen > 0 || rankOf(open.lasting.ownRole) < rankOf("reader")) continue;
    if (isDue(node, open, lastSaid(node, open), now)) whenChecked(node, open, (at) => announce(node, channel, open, at), now);
  }
}

/** Something has changed, or somebody has come since it was said last, who cannot read that. */
function isDue(node: NodeState, open: OpenChannel, said: Event | null, now: Instant): boolean {
  const details = detailsFor(node, open, said);
  if (JSON.stringify(said?.details ?? []) !== JSON.stringify(details)) return true;
  if (said === null || details.length === 0) return false;
  const readers = readersOf(node, open);
  const isUntold = newestOf(open, readers) > Math.max(said.hlc, node.mailboxes.toldNewcomers.get(open.hash) ?? 0);
  return isUntold && node.timestamp(now) - said.hlc / US_PER_MS >= readers.length * NEWCOMER_GAP_MS;
}

function readersOf(node: NodeState, { lasting }: OpenChannel): NodeId[] {
  const members = lasting.roles.members().filter(({ role }) => rankOf(role) >= rankOf("reader"));
  return members.map(({ node: id }) => id).filter((id) => id !== node.nodeId);
}

/** When the last of them came. */
function newestOf({ lasting }: OpenChannel, readers: readonly NodeId[]): HybridTime {
  return Math.max(0, ...readers.map((id) => lasting.roles.sinceOf(id) ?? 0));
}

function announce(node: NodeState, channel: Channel, open: OpenChannel, now: Instant): void {
  const said = lastSaid(node, open);
  if (open.secrecy === null || !isDue(node, open, said, now)) return;
  const written = writeWords(node, channel, open, { kind: "mailbox", text: "", details: detailsFor(node, open, said) }, 0, now);
  if (typeof written === "string") return;
  node.mailboxes.toldNewcomers.set(open.hash, newestOf(open, readersOf(node, open)));
  open.commands.set(written.event.id, NOBODYS);
  flushOwn(node, channel, open, now);
}

function lastSaid(node: NodeState, { hash }: OpenChannel): Event | null {
  return node.events.mailboxOf(hash, node.nodeId as NodeId);
}

/** Those that say that they keep something for us; of one that has not answered in this run what was said last stands. */
function detailsFor(node: NodeState, open: OpenChannel, said: Event | null): Detail[] {
  const before = (said === null ? null : readAnnounced(said))?.mailboxes ?? [];
  const usable = [...node.mailboxes.own.values()].filter(
    ({ keeps, stored }) => keeps ?? before.some((each) => each.node === stored.nodeId),
  );
  if (usable.length === 0) return [];
  const { pass, key } = ownSlot(node, open);
  const places = usable.flatMap(({ stored }): Detail[] => [
    ["node", stored.nodeId],
    ...stored.at.map((endpoint): Detail => ["at", endpoint]),
  ]);
  return [["pass", pass], ["key", toBase64url(key.publicKey)], ...places];
}
