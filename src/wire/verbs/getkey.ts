import { channelId, msgId } from "../field.ts";
import { verb } from "../verb.ts";

export const getkey = verb(
  "GETKEY",
  { data: "required", acked: true, about: "Asks for the key of a channel." },
  { channel_id: channelId, msg_id: msgId },
);
