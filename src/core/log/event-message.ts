/** Events as they travel: in a MESSAGE, the text in `message` and all else in `ptp`. PROTOCOL.md §13.3. */
import type { Crypto } from "../../crypto/index.ts";
import { type BodyOf, type Guid, guidFrom } from "../../wire/index.ts";
import { type ChannelHash, type Detail, type Event, type EventFault, eventOf, GENESIS } from "./event.ts";
import { fromHex } from "./text-form.ts";

/** Why a MESSAGE brought no event. Stable. */
export type EventReason =
  | EventFault
  | "no-event" // a text of the seed: `ptp` names no author
  | "incomplete" // some of the needed fields, and not all
  | "wrong-channel"; // a genesis of another channel than `channel_id`

/**
 * Takes the event out of a MESSAGE that `wire` has read.
 * @param channel - the hash of the channel that `channel_id` names; for a channel that is not known yet null, which only
 *   its genesis can be read for
 */
export function readEvent(crypto: Crypto, body: BodyOf<"MESSAGE">, channel: ChannelHash | null): Event | EventReason {
  const { ptp } = body;
  if (ptp?.author === undefined) return "no-event";
  const { inst, seq, hlc, kind } = ptp;
  if (inst === undefined || seq === undefined || hlc === undefined || kind === undefined) return "incomplete";
  if (ptp.details?.some((detail) => detail.length !== 2) === true) return "incomplete";
  if (channel === null && kind !== GENESIS) return "wrong-channel";
  const content = {
    channel: channel ?? NO_CHANNEL,
    author: ptp.author,
    inst,
    seq,
    prev: ptp.prev ?? null,
    deps: ptp.deps ?? NONE,
    hlc,
    kind,
    text: body.message,
    details: (ptp.details ?? NONE) as readonly string[][] as unknown as readonly Detail[],
  };
  const event = eventOf(crypto, content, ptp.sig ?? null);
  if (typeof event === "string" || kind !== GENESIS) return event;
  return channelGuid(event.channel) === body.channel_id && (channel ?? event.channel) === event.channel ? event : "wrong-channel";
}

const NO_CHANNEL = "" as ChannelHash;
const NONE: readonly never[] = [];

/** The data of a MESSAGE that carries `event`. */
export function eventBody(event: Event, channelId: Guid): BodyOf<"MESSAGE"> {
  const ptp: BodyOf<"MESSAGE">["ptp"] = { author: event.author, inst: event.inst, seq: event.seq };
  if (event.prev !== null) ptp.prev = event.prev;
  if (event.deps.length > 0) ptp.deps = [...event.deps];
  ptp.hlc = event.hlc;
  ptp.kind = event.kind;
  if (event.details.length > 0) ptp.details = event.details.map((detail) => [...detail]);
  if (event.sig !== null) ptp.sig = event.sig;
  return { channel_id: channelId, message: event.text, ptp };
}

/** The GUID by which a channel goes on the wire. */
export function channelGuid(channel: ChannelHash): Guid {
  return guidFrom(fromHex(channel));
}
