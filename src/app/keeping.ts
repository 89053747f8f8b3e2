/** What clients ask about how much is kept: quotas, and the mark that stands where something was dropped. docs/cli.md "Keep". */
import { US_PER_MS } from "../core/index.ts";
import { type Entry, type Keeping, PLAIN } from "./api.ts";
import { type ChannelName, channelLabel } from "./channel-name.ts";
import type { Engine } from "./engine.ts";
import { parseQuota, quotaText } from "./quota.ts";
import type { Retention } from "./retention.ts";

/** @param quota - as people write it; `default` takes a channel's own away */
export async function setQuota(retention: Retention, channel: ChannelName | null, quota: string): Promise<Keeping> {
  const isDefault = quota.trim().toLowerCase() === "default";
  await retention.set(channel?.id ?? null, isDefault ? null : parseQuota(quota));
  return keepingOf(retention, channel);
}

export function keepingOf(retention: Retention, channel: ChannelName | null): Keeping {
  if (channel === null)
    return {
      channelId: null,
      channel: null,
      keep: quotaText(retention.default),
      isOwn: true,
      entries: null,
      bytes: null,
      dropped: 0,
      droppedUpTo: null,
    };
  const { quota, isOwn, entries, bytes, horizon, dropped } = retention.kept(channel.id);
  const droppedUpTo = horizon === 0 ? null : Math.floor(horizon / US_PER_MS);
  return { channelId: channel.id, channel: channelLabel(channel), keep: quotaText(quota), isOwn, entries, bytes, dropped, droppedUpTo };
}

/**
 * The entry that stands for what was dropped, before all that is left; nothing where nothing was, or where it is not reached.
 * @param shown - entries of the answer, and how many were asked for
 */
export function droppedMark(
  engine: Engine,
  channel: ChannelName,
  since: string | number | undefined,
  shown: number,
  most: number,
): Entry[] {
  const { horizon, dropped } = engine.store.holding(channel.id);
  const at = Math.floor(horizon / US_PER_MS);
  if (dropped === 0 || shown >= most || typeof since === "string" || (since !== undefined && since > at)) return [];
  const messages = dropped === 1 ? "1 message" : `${dropped} messages`;
  const text = `${messages} before ${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC were dropped here to keep the quota`;
  const { nodeId } = engine.core;
  const own = { author: nodeId, authorName: engine.names.of(nodeId), own: true, verified: false, muted: false, ...PLAIN };
  return [{ id: "", channelId: channel.id, channel: channelLabel(channel), ...own, kind: "dropped", at, text, count: dropped }];
}
