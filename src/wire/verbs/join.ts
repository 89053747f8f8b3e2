import { channelId, channelName, cookie, extension, formatted, optional, pad, sessions, text } from "../field.ts";
import { publicKey, signature } from "../id.ts";
import { verb } from "../verb.ts";

const SELF_MAX = 64;

export const join = verb(
  "JOIN",
  { data: "required", acked: false, about: "Puts the sender on the receiver's list of members of a channel." },
  {
    channel_id: channelId,
    channel: channelName,
    ptp: extension({
      cookie,
      pad,
      self: optional(text("random, the same for one receiver: who gets its own has met itself", SELF_MAX, 1)),
      sessions,
      inv_pub: optional(formatted(publicKey, "the public half of the invite that the sender comes with")),
      proof: optional(formatted(signature, "by the secret half: the sender's, in this session (§20.3)")),
    }),
  },
);
