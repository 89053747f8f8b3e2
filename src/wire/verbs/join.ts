import { channelId, channelName, cookie, extension, optional, pad, sessions, text } from "../field.ts";
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
    }),
  },
);
