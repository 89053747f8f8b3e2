/** MESSAGE from others: shown with its channel and endpoint, marked unverified; kept only where the user joined. PROTOCOL.md §8.10. */
import type { BodyOf, Guid } from "../../wire/index.ts";
import { noteAnswer } from "../membership.ts";
import type { Path } from "../path.ts";
import { save } from "../saving.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";

export function onMessage(node: NodeState, path: Path, body: BodyOf<"MESSAGE">, now: Instant): void {
  const channelId = body.channel_id as Guid;
  const channel = node.channels.get(channelId);
  const kept = channel?.joined === true;
  const author = path.peer?.id ?? path.endpoint;
  const event = {
    id: node.newId(),
    channelId,
    author,
    own: false,
    kind: "post",
    at: node.timestamp(now),
    body: body.message,
    verified: false,
  };
  if (kept) save(node, [{ kind: "event", event }]);
  if (kept && path.peer !== null) noteAnswer(channel, path.peer.id, true, now);
  node.emit({ type: "post", id: event.id, channelId, author, own: false, at: event.at, text: body.message, verified: false, kept });
}
