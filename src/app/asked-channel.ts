/** The channel that a request names, as its node knows it. */
import { ApiError } from "./api.ts";
import { type ChannelName, channelLabel, shownName } from "./channel-name.ts";
import type { Engine } from "./engine.ts";
import { text } from "./request.ts";
import { channelMeant } from "./talk.ts";

/** One that the user is in, by the name that it is shown by. @throws ApiError `usage`, `no-such-channel` */
export function joinedChannel(engine: Engine, request: unknown): ChannelName {
  const joined = engine.joined();
  const asked = channelMeant(engine, text(request, "channel"));
  const channel = joined.find(({ id }) => id === asked.id);
  if (channel === undefined) throw noSuchChannel(asked);
  return { ...channel, name: shownName(channel, joined) };
}

/** Also one that the user has left. @throws ApiError `usage` */
export function namedChannel(engine: Engine, request: unknown): ChannelName {
  const joined = engine.joined();
  const asked = channelMeant(engine, text(request, "channel"));
  return { ...asked, name: shownName(asked, joined) };
}

export function noSuchChannel(channel: ChannelName): ApiError {
  const label = channelLabel(channel);
  if (channel.pair !== null)
    return new ApiError("no-such-channel", `you have not talked with ${label} yet: say something (ptpchat send ${label} "hello")`);
  return new ApiError(
    "no-such-channel",
    `you are not in ${label}: join it first (ptpchat join ${channel.name === "" ? label : channel.name})`,
  );
}
