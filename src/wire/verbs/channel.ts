import { Type } from "@sinclair/typebox";
import { address, channelId, channelName, cookie, extension, list, optional } from "../field.ts";
import { verb } from "../verb.ts";

export const channel = verb(
  "CHANNEL",
  { data: "required", acked: false, about: "Announces a channel and the members that the sender knows there." },
  {
    channel_id: channelId,
    channel: channelName,
    members: optional(list(Type.Object({ address }), "members known to the sender")),
    ptp: extension({
      cookie,
      member: optional(Type.Boolean({ about: "false: the sender only introduces others and is no member itself" })),
    }),
  },
);
