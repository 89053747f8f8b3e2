/**
 * MESSAGE from others. In the bare plane it is shown with its channel and endpoint, marked unverified, and kept only
 * where the user joined. In a session its author is proved; it is shown and acknowledged once it is on the disk.
 * PROTOCOL.md §8.10, §11.6.
 */
import type { BodyOf, Guid } from "../../wire/index.ts";
import { noteAnswer } from "../joining.ts";
import { onParcel } from "../mailbox/fetching.ts";
import { onLeft } from "../mailbox/keeping.ts";
import { onEvent } from "../open/attend.ts";
import type { Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import { retryLater, save } from "../saving.ts";
import type { NodeState } from "../state.ts";
import type { Change, StoredEvent } from "../store.ts";
import type { Instant } from "../time.ts";
import { transmit } from "../transmit.ts";

/** Ids of this length are 128 random bits, as ours: two equal ones are one message. */
export const OWN_ID_LENGTH = 32;

export function onMessage(node: NodeState, path: Path, body: BodyOf<"MESSAGE">, now: Instant): void {
  const channelId = body.channel_id as Guid;
  const channel = node.channels.get(channelId);
  const kept = channel?.joined === true;
  if (kept && channel.genesis !== null) return node.drop("no-event", path.endpoint); // what nobody signed, nobody had a role to say
  const author = path.peer?.id ?? path.endpoint;
  const event = eventOf(node, node.newId(), author, body, false, now);
  if (kept) keepBare(node, event, bareIdOf(node, author, body));
  if (kept && path.peer !== null) noteAnswer(channel, path.peer.id, true, now);
  show(node, event, kept);
}

/** Acknowledged already, so it is tried again where it could not be kept. @param id - by which the same text is known inside a session */
function keepBare(node: NodeState, event: StoredEvent, id: string | null): void {
  const changes: Change[] = [{ kind: "event", event }];
  if (id === null) return save(node, changes);
  node.bareIds.set(id, "arriving");
  save(node, changes, {
    saved: () => node.bareIds.set(id, "kept"),
    failed: () => {
      node.bareIds.set(id, "lost");
      retryLater(node, changes);
    },
  });
}

/**
 * A text of a node that has proved its key. A repeated one is acknowledged again, once the first is kept, and shown once;
 * also where the first came in the clear, a moment before the session, from what turned out to be that node.
 */
export function onProvenMessage(node: NodeState, path: Path, peer: Peer, body: BodyOf<"MESSAGE">, now: Instant): void {
  if (body.ptp?.parcel !== undefined)
    return body.ptp.pass === undefined ? onParcel(node, path, peer, body, now) : onLeft(node, path, peer, body, now);
  const channelId = body.channel_id as Guid;
  const channel = node.channels.get(channelId);
  if (channel?.joined !== true) {
    node.drop("not-joined", path.endpoint);
    transmit(node, path, "LEAVE", { channel_id: channelId }, now);
    return;
  }
  if (channel.open !== null && body.ptp?.author !== undefined) return onEvent(node, channel, channel.open, path, peer, body, now);
  if (body.ptp?.author !== undefined && body.ptp.author !== peer.id) return node.drop("no-event", path.endpoint); // signed by another, and we know no name to check it under
  if (channel.genesis !== null) return node.drop("no-event", path.endpoint);
  noteAnswer(channel, peer.id, true, now);
  const msgId = body.msg_id;
  const id = msgId === undefined ? node.newId() : idOf(node, peer.id, channelId, String(msgId));
  const acknowledge = (at: Instant) => transmit(node, path, "ACK", msgId === undefined ? undefined : { msg_id: msgId }, at);
  const before = node.messageIds.get(id) === true ? "kept" : node.arriving.has(id) ? "arriving" : bareCopyOf(node, peer, body);
  if (before !== null) {
    node.drop("duplicate", path.endpoint);
    if (before === "kept") acknowledge(now);
    return;
  }
  node.arriving.add(id);
  const event = eventOf(node, id, peer.id, body, true, now);
  save(node, [{ kind: "event", event }], {
    saved: (at) => {
      node.arriving.delete(id);
      node.messageIds.set(id, true);
      show(node, event, true);
      acknowledge(at);
    },
    failed: () => {
      node.arriving.delete(id); // its sender will say it again
      node.drop("store-failed", path.endpoint);
    },
  });
}

/** What became of the same text, under the same id, in the clear: from an endpoint that was this node's. */
function bareCopyOf(node: NodeState, peer: Peer, body: BodyOf<"MESSAGE">): "arriving" | "kept" | null {
  for (const name of [peer.endpoint, ...peer.aliases]) {
    const id = bareIdOf(node, name, body);
    const state = id === null ? undefined : node.bareIds.get(id);
    if (state === "arriving" || state === "kept") return state;
  }
  return null;
}

/** Another text is another message, whoever may have guessed its id; null for one without an id as ours. */
function bareIdOf(node: NodeState, author: string, body: BodyOf<"MESSAGE">): string | null {
  const msgId = body.msg_id;
  if (typeof msgId !== "string" || msgId.length < OWN_ID_LENGTH) return null;
  return idOf(node, author, body.channel_id as Guid, `${msgId} ${body.message}`);
}

/** The same for every copy of one text, and nobody else's: the sender's own id is only unique with the sender. */
function idOf(node: NodeState, sender: string, channelId: Guid, msgId: string): string {
  const hash = node.config.crypto.sha256(encoder.encode(`${sender} ${channelId} ${msgId}`));
  let id = "";
  for (const byte of hash.subarray(0, 16)) id += byte.toString(16).padStart(2, "0");
  return id;
}

function eventOf(node: NodeState, id: string, author: string, body: BodyOf<"MESSAGE">, verified: boolean, now: Instant): StoredEvent {
  return {
    id,
    channelId: body.channel_id as Guid,
    author,
    own: false,
    kind: "post",
    at: node.timestamp(now),
    body: body.message,
    verified,
  };
}

function show(node: NodeState, { id, channelId, author, at, body, verified }: StoredEvent, kept: boolean): void {
  if (node.config.quiet.of(author) === "blocked") return;
  node.emit({ type: "post", id, channelId, author, own: false, at, text: body, verified, kept });
}

const encoder = new TextEncoder();
