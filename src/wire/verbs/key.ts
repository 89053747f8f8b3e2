import { channelId, epochTime, extension, formatted, msgId, optional, text } from "../field.ts";
import { nodeId, nonce, signature } from "../id.ts";
import { verb } from "../verb.ts";

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
      nonce: optional(formatted(nonce, "the question that this answers")),
      sig: optional(formatted(signature, "the signature of who answers")),
    }),
  },
);
