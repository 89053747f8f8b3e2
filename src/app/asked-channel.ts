/** The channel that a request names, as its node knows it. */
import { ApiError } from "./api.ts";
import { type ChannelName, channelLabel, parseChannel } from "./channel-name.ts";
import type { Engine } from "./engine.ts";
import { text } from "./request.ts";

/** @throws ApiError `usage`; `no-such-channel` where the user is not in it */
export function joinedChannel(engine: Engine, request: unknown): ChannelName {
  const asked = parseChannel(text(request, "channel"));
  if (engine.core.joinedName(asked.id) === undefined) throw noSuchChannel(asked);
  return asked;
}

/** Also one that the user has left, under the name that it is shown by. @throws ApiError `usage` */
export function namedChannel(engine: Engine, request: unknown): ChannelName {
  const asked = parseChannel(text(request, "channel"));
  return { id: asked.id, name: engine.core.joinedName(asked.id) ?? asked.name };
}

export function noSuchChannel(channel: ChannelName): ApiError {
  const label = channelLabel(channel);
  return new ApiError(
    "no-such-channel",
    `you are not in ${label}: join it first (ptpchat join ${channel.name === "" ? label : channel.name})`,
  );
}
