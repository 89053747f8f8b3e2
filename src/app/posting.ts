/** What `send` waits for, and in which words it ends. */
import { fitsMessage, type NodeEvent, type WriteRefusal } from "../core/index.ts";
import { randomBytes } from "../net/index.ts";
import { wellFormed } from "../wire/index.ts";
import { ApiError, type PlainWait, type Sent } from "./api.ts";

const POST_ID_BYTES = 16;

/** Names the command; the post gets an id of its own where it is signed. */
export function newPostId(): string {
  return Buffer.from(randomBytes(POST_ID_BYTES)).toString("hex");
}

/**
 * The text as it goes out.
 * @throws ApiError `usage` when it is empty, `too-long` when it does not fit one datagram
 */
export function postText(text: string): string {
  if (text === "") throw new ApiError("usage", "the text is empty");
  const whole = wellFormed(text);
  if (!fitsMessage(whole))
    throw new ApiError(
      "too-long",
      "the text does not fit one datagram: send it in parts of 7,000 letters (of 1,200 where they are not English ones)",
    );
  return whole;
}

/**
 * What an event says of a post that is to reach `wait`.
 * @returns undefined to wait on
 * @throws ApiError `store-failed` or `not-delivered`
 */
export function sentWhen(event: NodeEvent, wait: PlainWait): Sent<PlainWait> | undefined {
  if (event.type !== "post-state") return undefined;
  const { id, channelId, state, acked, of, bare = 0, reason } = event;
  if (state === "stalled") throw stalled(reason);
  if (state === "failed") throw wait === "saved" ? notSaved(reason) : notDelivered(acked, of, reason);
  return state === "delivered" || state === wait ? { id, channelId, state, acked, of, bare } : undefined;
}

/** Why nothing of a kind can be written in a channel. */
export function mayNotWrite(refusal: WriteRefusal, kind: string, label: string): ApiError {
  return new ApiError("not-allowed", refusal === "no-role" ? noRoleWords(kind, label) : noGenesisWords(label), refusal);
}

function noRoleWords(kind: string, label: string): string {
  if (kind === "topic") return `what ${label} is about is for its owner and admins to say`;
  return `you may read ${label}, and not write in it: its owner or an admin can give you the role of a member (ptpchat grant)`;
}

function noGenesisWords(label: string): string {
  return `nothing can be said in ${label} yet: none of its members was reached so far, and only they know how it begins`;
}

export function stalled(code = "io-error"): ApiError {
  return new ApiError(
    "store-failed",
    `the text is not on the disk yet (${code}): free some space or check the disk. While this node runs it keeps trying, and sends the text then`,
    code,
  );
}

export function notSaved(code = "io-error"): ApiError {
  return new ApiError(
    "store-failed",
    `the text could not be kept, so it was not sent (${code}): free some space or check the disk, then send it again`,
    code,
  );
}

function notDelivered(acked: number, of: number, reason = "not-acknowledged"): ApiError {
  if (of === 0) return new ApiError("not-delivered", "nobody is there: the text is kept here and reached no one", reason);
  return new ApiError("not-delivered", `${acked} of ${of} members acknowledged (${reason}); the text is kept here`, reason);
}

export function sendLate(wait: PlainWait, timeoutMs: number): ApiError {
  return new ApiError("timeout", `the post was not ${wait} within ${timeoutMs / 1_000} s; it may still be`);
}
