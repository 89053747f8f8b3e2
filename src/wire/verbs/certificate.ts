import { base64, extension, handshakeVersion, integer, msgId, optional, text } from "../field.ts";
import { INDEX_MAX, NOISE_MESSAGE_MAX } from "../limits.ts";
import { verb } from "../verb.ts";

export const certificate = verb(
  "CERTIFICATE",
  {
    data: "required",
    acked: true,
    about:
      "The sender's X.509 certificate; with `ptp.v` a further message of a handshake instead, which is not acknowledged. One of the two must be there.",
    refuse: ({ certificate, ptp }) => (certificate === undefined && ptp?.v === undefined ? "bad-data" : null),
  },
  {
    certificate: optional(base64("base64 of the DER encoding", 8_000)),
    msg_id: msgId,
    ptp: extension({
      v: optional(handshakeVersion),
      to: optional(integer("the receiver's index", 0, INDEX_MAX)),
      n: optional(base64("the second or third message of the handshake", NOISE_MESSAGE_MAX)),
      retry: optional(text("the receiver is busy: ask again with this cookie", 64)),
    }),
  },
);
