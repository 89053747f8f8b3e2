/**
 * MESSAGE from others. In the bare plane it is shown with its channel and endpoint, marked unverified, and kept only
 * where the user joined. In a session its author is proved; it is shown and acknowledged once it is on the disk.
 * PROTOCOL.md §8.10, §11.6.
 */
import type { BodyOf, Guid } from "../../wire/index.ts";
import { noteAnswer } from "../membership.ts";
import { onEvent } from "../open/attend.ts";
import type { Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import { save } from "../saving.ts";
import type { NodeState } from "../state.ts";
import type { StoredEvent } from "../store.ts";
import type { Instant } from "../time.ts";
import { transmit } from "../transmit.ts";

export function onMessage(node: NodeState, path: Path, body: BodyOf<"MESSAGE">, now: Instant): void {
  const channelId = body.channel_id as Guid;
  const channel = node.channels.get(channelId);
  const kept = channel?.joined === true;
  const author = path.peer?.id ?? path.endpoint;
  const event = eventOf(node, node.newId(), author, body, false, now);
  if (kept) save(node, [{ kind: "event", event }]);
  if (kept && path.peer !== null) noteAnswer(channel, path.peer.id, true, now);
  show(node, event, kept);
}

/** A text of a node that has proved its key. A repeated one is acknowledged again, once the first is kept, and shown once. */
export function onProvenMessage(node: NodeState, path: Path, peer: Peer, body: BodyOf<"MESSAGE">, now: Instant): void {
  const channelId = body.channel_id as Guid;
  const channel = node.channels.get(channelId);
  if (channel?.joined !== true) {
    node.drop("not-joined", path.endpoint);
    transmit(node, path, "LEAVE", { channel_id: channelId }, now);
    return;
  }
  if (channel.open !== null && body.ptp?.author !== undefined) return onEvent(node, channel, channel.open, path, peer, body, now);
  if (body.ptp?.author !== undefined && body.ptp.author !== peer.id) return node.drop("no-event", path.endpoint); // signed by another, and we know no name to check it under
  noteAnswer(channel, peer.id, true, now);
  const msgId = body.msg_id;
  const id = msgId === undefined ? node.newId() : idOf(node, peer.id, channelId, String(msgId));
  const acknowledge = (at: Instant) => transmit(node, path, "ACK", msgId === undefined ? undefined : { msg_id: msgId }, at);
  if (node.messageIds.get(id) === true) {
    node.drop("duplicate", path.endpoint);
    acknowledge(now);
    return;
  }
  if (node.arriving.has(id)) return node.drop("duplicate", path.endpoint);
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
  node.emit({ type: "post", id, channelId, author, own: false, at, text: body, verified, kept });
}

const encoder = new TextEncoder();
