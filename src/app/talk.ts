/** Talks of two as people name them: `@bob`, or `@ada~3F2A` with somebody who is no contact. PROTOCOL.md §13.2, cli.md "In general". */
import { channelGuid, dmHash } from "../core/index.ts";
import { sodiumCrypto } from "../crypto/sodium/index.ts";
import type { NodeId } from "../wire/index.ts";
import { ApiError } from "./api.ts";
import { type ChannelName, findChannel } from "./channel-name.ts";
import type { Engine } from "./engine.ts";

export function isTalk(text: string): boolean {
  return text.startsWith("@");
}

/** The talk that a person means, whether there was one or not. @throws ApiError `usage`, `no-such-contact`, `no-such-peer` */
export function talkNamed(engine: Engine, text: string): ChannelName {
  const pair = nodeMeant(engine, text);
  if (pair === engine.core.nodeId) throw new ApiError("usage", `${text} is this node itself`);
  return talkWith(engine, pair);
}

export function talkWith(engine: Engine, pair: NodeId): ChannelName {
  const self = engine.core.nodeId as NodeId;
  return { id: channelGuid(dmHash(sodiumCrypto, self, pair)), name: talkName(engine, pair), genesis: null, pair };
}

/** What a talk is called: by the user's name for the other one, else by what that one calls itself. */
export function talkName({ names }: Pick<Engine, "names">, pair: NodeId): string {
  const { name, contact } = names.who(pair);
  return contact === null ? `@${name}` : name;
}

/** The channel that a person means: as `findChannel`, and talks. @throws ApiError as {@link talkNamed}, and as `findChannel` */
export function channelMeant(engine: Engine, text: string): ChannelName {
  return isTalk(text) ? talkNamed(engine, text) : findChannel(text, engine.joined());
}

/** A contact's name comes first; what others are called has letters of their ids in it. */
function nodeMeant({ names }: Engine, text: string): NodeId {
  const called = text.slice(1);
  return (called.includes("~") && names.contactNamed(called) === null ? names.nodeOf(called) : names.nodeOf(text)) as NodeId;
}
