import { address, boolean, channelId, channelName, cookie, extension, list, object, optional, sessions } from "../field.ts";
import { fileFields } from "../files.ts";
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
      ...syncFields,
      ...fileFields,
    }),
  },
);
