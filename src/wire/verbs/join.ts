import { channelId, channelName, cookie, extension, pad } from "../field.ts";
import { verb } from "../verb.ts";

export const join = verb(
  "JOIN",
  { data: "required", acked: false, about: "Puts the sender on the receiver's list of members of a channel." },
  { channel_id: channelId, channel: channelName, ptp: extension({ cookie, pad }) },
);
