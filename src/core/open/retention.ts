/** Dropping what is too much of a channel, and wanting it again. PROTOCOL.md §13.6. */
import type { Guid } from "../../wire/index.ts";
import type { DropOld, Ref } from "../io.ts";
import { save } from "../saving.ts";
import type { NodeState } from "../state.ts";
import type { Change } from "../store.ts";
import type { Instant } from "../time.ts";

/** Drops the oldest of a channel, the logs and their events in one batch. Ends with a `dropped-old` event. */
export function dropOld(node: NodeState, { ref, channelId, upTo, lows }: DropOld): void {
  const open = node.channels.get(channelId)?.open ?? null;
  const cuts = open === null ? [] : open.lasting.log.drop(upTo, lows);
  const logs = open === null ? [] : open.lasting.log.takeChanged().map((row): Change => ({ kind: "log", channel: open.hash, row }));
  saveAnd(node, ref, channelId, [...logs, { kind: "drop", channelId, hash: open?.hash ?? null, upTo, cuts }]);
}

/** More is kept from now on: what was dropped is taken again where a member has it. */
export function wantOld(node: NodeState, ref: Ref, channelId: Guid, now: Instant): void {
  const open = node.channels.get(channelId)?.open ?? null;
  open?.lasting.log.wantAll();
  open?.lasting.sync.lookAgain(now);
  const logs = open === null ? [] : open.lasting.log.takeChanged().map((row): Change => ({ kind: "log", channel: open.hash, row }));
  saveAnd(node, ref, channelId, [...logs, { kind: "want", channelId }]);
}

function saveAnd(node: NodeState, ref: Ref, channelId: Guid, changes: readonly Change[]): void {
  const tell = (failed: string | null) => node.emit({ type: "dropped-old", ref, channelId, failed });
  save(node, changes, { saved: () => tell(null), failed: tell, retried: true });
}
