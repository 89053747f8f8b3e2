/** The thirteen verbs of the seed. */
import { ack } from "./ack.ts";
import { certificate } from "./certificate.ts";
import { channel } from "./channel.ts";
import { connect } from "./connect.ts";
import { getcertificate } from "./getcertificate.ts";
import { getkey } from "./getkey.ts";
import { hello } from "./hello.ts";
import { join } from "./join.ts";
import { key } from "./key.ts";
import { leave } from "./leave.ts";
import { message } from "./message.ts";
import { relay } from "./relay.ts";
import { routing } from "./routing.ts";

export const verbs = {
  HELLO: hello,
  ACK: ack,
  JOIN: join,
  CHANNEL: channel,
  LEAVE: leave,
  GETCERTIFICATE: getcertificate,
  CERTIFICATE: certificate,
  GETKEY: getkey,
  KEY: key,
  MESSAGE: message,
  RELAY: relay,
  CONNECT: connect,
  ROUTING: routing,
} as const;
