/** What members of an open channel say to us inside their sessions. PROTOCOL.md §13. */
import type { BodyOf } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import { readEvent } from "../log/event-message.ts";
import { pageOf } from "../log/serve.ts";
import type { SyncMessage } from "../log/sync.ts";
import { noteAnswer } from "../membership.ts";
import type { Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { keepOthers, owe, payDebts } from "./keep.ts";
import type { OpenChannel } from "./open-channel.ts";
import { saySync, serve } from "./talk.ts";

/** A MESSAGE with an event in it, from whomever: its author's signature decides, not who brought it. */
export function onEvent(node: NodeState, channel: Channel, open: OpenChannel, path: Path, peer: Peer, body: BodyOf<"MESSAGE">, now: Instant): void {
  const event = readEvent(node.config.crypto, body, open.hash);
  if (typeof event === "string") return node.drop(event, path.endpoint);
  noteAnswer(channel, peer.id, true, now);
  const receipt = open.log.receive(event, peer.id);
  if (receipt.kind === "refused") return node.drop(receipt.reason, path.endpoint);
  owe(open, event.id, peer.id, body.msg_id);
  if (receipt.kind === "accepted") keepOthers(node, channel, open, receipt, peer.id, now);
  else if (receipt.kind === "held") {
    node.drop("duplicate", path.endpoint);
    saySync(node, open, open.spread.onDuplicate(event, peer.id, open.sync.isAsked(peer.id)), now);
    if (!open.log.isUnsaved(event.id)) payDebts(node, open, event.id, now);
  }
}

/** A CHANNEL that is about what one of us lacks. */
export function onSync(node: NodeState, open: OpenChannel, peer: Peer, message: SyncMessage, now: Instant): void {
  switch (message.kind) {
    case "digest":
      return saySync(node, open, open.sync.onDigest(peer.id, message.digest, now), now);
    case "heads":
      open.spread.noteHeads(peer.id, message.heads);
      return saySync(node, open, open.sync.onHeads(peer.id, message.heads, message.whole, message.ask, now), now);
    case "want": {
      if (message.graft) open.spread.onGraft(peer.id, [...new Set(message.ranges.map(({ author }) => author))]);
      const { events, lacking } = pageOf(open.log, message.ranges);
      return serve(node, open, peer.id, events, lacking, now);
    }
    case "served":
      return saySync(node, open, open.sync.onServed(peer.id, message.lacking, now), now);
    case "prune":
      return open.spread.onPrune(peer.id, message.authors);
  }
}
