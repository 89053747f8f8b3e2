import {
  address,
  base64,
  boolean,
  channelId,
  channelName,
  cookie,
  extension,
  formatted,
  integer,
  list,
  object,
  optional,
  sessions,
} from "../field.ts";
import { fileFields } from "../files.ts";
import { word } from "../id.ts";
import { keeps } from "../mailbox.ts";
import { syncFields } from "../sync.ts";
import { verb } from "../verb.ts";
import { CODE_BASE64_MAX } from "./join.ts";

const MEMBERS_TOLD_MAX = 65_535;
/** Letters of a link with all its places. */
const SEALED_BASE64_MAX = 4_096;

export const channel = verb(
  "CHANNEL",
  { data: "required", acked: false, about: "Announces a channel and the members that the sender reaches there." },
  {
    channel_id: channelId,
    channel: channelName,
    members: optional(list(object({ address }), "members that the sender reaches without a relay")),
    ptp: extension({
      cookie,
      size: optional(integer("members that the sender knows of, where they are more than 64 (§13.11)", 1, MEMBERS_TOLD_MAX)),
      member: optional(boolean("false: the sender only introduces others and is no member itself")),
      sessions,
      invite: optional(formatted(word, "what the sender says to the invite in a JOIN (§20.3)")),
      cpace: optional(base64("word code: the run's name and the sender's share (§20.6)", CODE_BASE64_MAX)),
      confirm: optional(base64("word code: shows that the sender has the key", CODE_BASE64_MAX)),
      sealed: optional(base64("word code: what it is for, sealed", SEALED_BASE64_MAX)),
      code: optional(formatted(word, "word code: `wrong`, it was another")),
      ...syncFields,
      ...fileFields,
      keeps,
    }),
  },
);
