import { channelId, epochTime, extension, formatted, msgId, optional } from "../field.ts";
import { nodeId, nonce, publicKey, signature } from "../id.ts";
import { ranges } from "../sync.ts";
import { verb } from "../verb.ts";

export const getkey = verb(
  "GETKEY",
  { data: "required", acked: true, about: "Asks for the key of a channel." },
  {
    channel_id: channelId,
    msg_id: msgId,
    ptp: extension({
      author: optional(formatted(nodeId, "whose sender key is asked for")),
      epoch: optional(epochTime),
      past: optional(ranges("sealed events whose message keys are asked for (§19.6)")),
      otk: optional(formatted(publicKey, "a key for this one answer")),
      nonce: optional(formatted(nonce, "names the question")),
      sig: optional(formatted(signature, "the asker's signature")),
    }),
  },
);
