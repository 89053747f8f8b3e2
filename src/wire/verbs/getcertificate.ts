import { base64, extension, handshakeVersion, integer, list, msgId, optional, pad, text } from "../field.ts";
import { INDEX_MAX, NOISE_MESSAGE_MAX, SUITES_MAX } from "../limits.ts";
import { verb } from "../verb.ts";

export const getcertificate = verb(
  "GETCERTIFICATE",
  {
    data: "optional",
    acked: true,
    about: "Asks for the receiver's certificate; with `ptp.v` it begins a session instead, and is not acknowledged.",
  },
  {
    msg_id: msgId,
    ptp: extension({
      v: optional(handshakeVersion),
      i: optional(integer("the sender's index for the session", 0, INDEX_MAX)),
      s: optional(list(integer("a suite", 1, 65_535), "the suites that the sender offers", SUITES_MAX)),
      n: optional(base64("the first message of the handshake", NOISE_MESSAGE_MAX)),
      c: optional(text("the cookie that the receiver asked for", 64)),
      pad,
    }),
  },
);
