import { msgId } from "../field.ts";
import { verb } from "../verb.ts";

export const ack = verb(
  "ACK",
  { data: "optional", acked: false, about: "The immediate recipient received a message correctly. Nothing ever answers an ACK." },
  { msg_id: msgId },
);
