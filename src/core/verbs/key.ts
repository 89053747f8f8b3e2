/** GETKEY and KEY: acknowledged; we never give a key by ourselves, and keep what we are given for the user to see. PROTOCOL.md §8.8, §8.9. */
import type { BodyOf, Guid } from "../../wire/index.ts";
import { KEYS_PER_CHANNEL_MAX } from "../limits.ts";
import type { Path } from "../path.ts";
import { save } from "../saving.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";

export function onKey(node: NodeState, path: Path, body: BodyOf<"KEY">, now: Instant): void {
  const channelId = body.channel_id as Guid;
  const channel = node.channels.get(channelId);
  const { cipher, key } = body;
  if (channel?.joined !== true) return;
  if (channel.keysKept >= KEYS_PER_CHANNEL_MAX) return node.drop("keys-full", path.endpoint);
  channel.keysKept++;
  save(node, [{ kind: "key", key: { channelId, from: path.endpoint, cipher, key, at: node.timestamp(now) } }]);
  node.emit({ type: "key", peer: path.peer?.id ?? path.endpoint, channelId, cipher, key });
}
