import { channelId, channelName } from "../field.ts";
import { verb } from "../verb.ts";

export const leave = verb(
  "LEAVE",
  { data: "required", acked: false, about: "Takes the sender off the receiver's list of members of a channel." },
  { channel_id: channelId, channel: channelName },
);
