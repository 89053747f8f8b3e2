import { base64, msgId } from "../field.ts";
import { verb } from "../verb.ts";

export const certificate = verb(
  "CERTIFICATE",
  { data: "required", acked: true, about: "The sender's X.509 certificate." },
  { certificate: base64("base64 of the DER encoding", 8_000), msg_id: msgId },
);
