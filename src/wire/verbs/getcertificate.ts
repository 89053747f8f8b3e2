import { extension, msgId, pad } from "../field.ts";
import { verb } from "../verb.ts";

export const getcertificate = verb(
  "GETCERTIFICATE",
  { data: "optional", acked: true, about: "Asks for the receiver's certificate." },
  { msg_id: msgId, ptp: extension({ pad }) },
);
