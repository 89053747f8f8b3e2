import { eventFields } from "../event.ts";
import { channelId, msgId, text } from "../field.ts";
import { verb } from "../verb.ts";

export const message = verb(
  "MESSAGE",
  { data: "required", acked: true, about: "One text for a channel." },
  { channel_id: channelId, message: text("the text"), msg_id: msgId, ptp: eventFields },
);
