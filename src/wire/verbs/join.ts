import { base64, channelId, channelName, cookie, extension, formatted, optional, pad, sessions, text } from "../field.ts";
import { inviteKey, signature } from "../id.ts";
import { slots } from "../mailbox.ts";
import { verb } from "../verb.ts";

const SELF_MAX = 64;
/** Letters of 48 bytes, the longest part of a run about a word code. */
export const CODE_BASE64_MAX = 64;

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
      inv_pub: optional(formatted(inviteKey, "the public half of the invite that the sender comes with")),
      cpace: optional(base64("word code: the sender's share (§20.6)", CODE_BASE64_MAX)),
      confirm: optional(base64("word code: shows that the sender has the key", CODE_BASE64_MAX)),
      proof: optional(formatted(signature, "by the secret half: the sender's, in this session (§20.3)")),
      slots,
    }),
  },
);
