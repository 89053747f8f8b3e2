/** What the user writes in open channels: posts, and what is said of posts and of the channel. PROTOCOL.md §13.7. */
import type { Channel } from "../channel-table.ts";
import { type FileInfo, fileDetails } from "../files/announced.ts";
import type { Detail } from "../log/event.ts";
import type { HybridTime } from "../log/hlc.ts";
import { isShown, type Reference, referenceDetail } from "../log/kind.ts";
import type { Words } from "../log/own-log.ts";
import { postNotSaved } from "../posts.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { flushOwn } from "./carry.ts";
import { whenChecked } from "./holding-back.ts";
import type { OpenChannel } from "./open-channel.ts";
import { writeWords } from "./secrecy.ts";
import { eyesOf, showPost } from "./shown.ts";

/** What the user does besides posting. `target` is a post that is on the disk, and not dated ahead. */
export type Act =
  | { readonly kind: "edit"; readonly target: Reference; readonly text: string }
  | { readonly kind: "delete"; readonly target: Reference }
  | { readonly kind: "reaction"; readonly target: Reference; readonly text: string; readonly off: boolean }
  | { readonly kind: "nick" | "topic"; readonly text: string }
  | { readonly kind: "file"; readonly text: string; readonly file: FileInfo };

/** @param reply - the post that this one answers */
export function writePostEvent(
  node: NodeState,
  channel: Channel,
  open: OpenChannel,
  command: string,
  text: string,
  reply: Reference | null,
  now: Instant,
): void {
  const details = reply === null ? [] : [referenceDetail("reply", reply)];
  write(node, channel, open, command, { kind: "post", text, details }, reply?.hlc ?? 0, now);
}

export function writeAct(node: NodeState, channel: Channel, open: OpenChannel, command: string, act: Act, now: Instant): void {
  const target = "target" in act ? act.target : null;
  const details: Detail[] = target === null ? [] : [referenceDetail("target", target)];
  if (act.kind === "reaction" && act.off) details.push(["off", "yes"]);
  if (act.kind === "file") details.push(...fileDetails(act.file));
  write(node, channel, open, command, { kind: act.kind, text: "text" in act ? act.text : "", details }, target?.hlc ?? 0, now);
}

/**
 * Signed, kept, then sent; a post is shown at once. What comes while a batch is being kept goes with the next.
 * @param after - the time of what the words mean
 */
function write(node: NodeState, channel: Channel, open: OpenChannel, command: string, words: Words, after: HybridTime, now: Instant): void {
  whenChecked(node, open, (at) => writeNow(node, channel, open, command, words, after, at), now);
}

function writeNow(
  node: NodeState,
  channel: Channel,
  open: OpenChannel,
  command: string,
  words: Words,
  after: HybridTime,
  now: Instant,
): void {
  if (node.saving.failed !== null) return postNotSaved(node, command, node.saving.failed);
  const written = writeWords(node, channel, open, words, after, now);
  if (typeof written === "string") return postNotSaved(node, command, written);
  const { event, seen } = written;
  open.commands.set(event.id, command);
  node.posts.name(command, event.id);
  if (isShown(seen)) showPost(node, open, seen, eyesOf(node, open, now), command);
  flushOwn(node, channel, open, now);
}
