import { eventFields } from "../event.ts";
import { channelId, extension, msgId, text } from "../field.ts";
import { parcelFields } from "../mailbox.ts";
import { verb } from "../verb.ts";

export const message = verb(
  "MESSAGE",
  { data: "required", acked: true, about: "One text for a channel." },
  { channel_id: channelId, message: text("the text"), msg_id: msgId, ptp: extension({ ...eventFields, ...parcelFields }) },
);
