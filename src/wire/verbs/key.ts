import { channelId, epochTime, extension, formatted, integer, msgId, optional, text } from "../field.ts";
import { nodeId, nonce, signature } from "../id.ts";
import { verb } from "../verb.ts";

/** Message keys that one KEY may hold: what fits into its `key`, and a few datagrams. */
const PAST_KEYS_MAX = 64;

export const key = verb(
  "KEY",
  { data: "required", acked: true, about: "A key for a channel; kept for the user to see." },
  {
    channel_id: channelId,
    cipher: text("name of the cipher", 64),
    key: text("the key, in the cipher's own text form", 4_096),
    msg_id: msgId,
    ptp: extension({
      author: optional(formatted(nodeId, "whose sender key it is")),
      epoch: optional(epochTime),
      count: optional(integer("so many events are answered for, with message keys (§19.6)", 1, PAST_KEYS_MAX)),
      nonce: optional(formatted(nonce, "the question that this answers")),
      sig: optional(formatted(signature, "the signature of who answers")),
    }),
  },
);
