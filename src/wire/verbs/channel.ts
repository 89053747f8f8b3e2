import { address, boolean, channelId, channelName, cookie, extension, formatted, list, object, optional, sessions } from "../field.ts";
import { word } from "../id.ts";
import { syncFields } from "../sync.ts";
import { verb } from "../verb.ts";

export const channel = verb(
  "CHANNEL",
  { data: "required", acked: false, about: "Announces a channel and the members that the sender reaches there." },
  {
    channel_id: channelId,
    channel: channelName,
    members: optional(list(object({ address }), "members that the sender reaches without a relay")),
    ptp: extension({
      cookie,
      member: optional(boolean("false: the sender only introduces others and is no member itself")),
      sessions,
      invite: optional(formatted(word, "what the sender says to the invite in a JOIN (§20.3)")),
      ...syncFields,
    }),
  },
);
