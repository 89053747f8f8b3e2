/** Ways for a member to lie: each changes what it does before it does it. PROTOCOL.md §13.11 says what the others do about it. */
import { type ChannelOutput, type Event, eventOf, keyOf, signEvent } from "../../core/log/index.ts";
import type { Crypto } from "../../crypto/index.ts";
import type { EventId } from "../../wire/index.ts";
import type { ChannelMember } from "./member.ts";

export type Lie = NonNullable<ChannelMember["lie"]>;
type Events = Extract<ChannelOutput, { kind: "events" }>;

/** What the one at 2099 is ahead by. */
const FAR_MS = 73 * 365 * 86_400_000;
/** Stories that are told in two ways: fewer than a log has branches. */
const STORIES_MAX = 6;
/** Texts of one flood. */
export const FLOOD_TEXTS = 40;

export const LIARS = ["withholds", "alters", "equivocates", "far-ahead", "floods", "strips", "invents"] as const;
export type LiarName = (typeof LIARS)[number];

/** Makes a liar of a member. */
export function corrupt(member: ChannelMember, name: LiarName, crypto: Crypto): void {
  member.lie = lieOf(name, crypto);
  if (name === "far-ahead") member.skewMs = FAR_MS;
}

function lieOf(name: LiarName, crypto: Crypto): Lie {
  switch (name) {
    case "withholds":
      return onEvents(withholding());
    case "alters":
      return onEvents(({ events, ...rest }, { random }) => ({
        ...rest,
        events: events.map((event) => (random.chance(0.3) ? altered(crypto, event) : event)),
      }));
    case "equivocates":
      return onEvents(equivocating(crypto));
    case "strips":
      return onEvents(({ events, ...rest }) => ({ ...rest, events: events.map((event) => ({ ...event, sig: null })) }));
    case "invents":
      return inventing;
    case "far-ahead":
    case "floods":
      return (output) => [output];
  }
}

function onEvents(change: (output: Events, self: ChannelMember) => Events): Lie {
  return (output, self) => (output.kind === "events" ? [change(output, self)] : [output]);
}

/** Leaves out every third event. */
function withholding(): (output: Events) => Events {
  let count = 0;
  return ({ events, ...rest }) => ({ ...rest, events: events.filter(() => ++count % 3 !== 0) });
}

/** With another text, and the signature of the true one. */
function altered(crypto: Crypto, event: Event): Event {
  const other = eventOf(crypto, { ...event, text: `${event.text}!` }, event.sig);
  return typeof other === "string" ? event : other;
}

/** Of its own events tells half of the others another story, with a signature that is as good. */
function equivocating(crypto: Crypto): (output: Events, self: ChannelMember) => Events {
  const twins = new Map<EventId, Event>();
  const logs = new Set<string>();
  const twinOf = (event: Event, self: ChannelMember): Event => {
    const known = twins.get(event.id);
    if (known !== undefined || twins.size >= STORIES_MAX || self.random.chance(0.5)) return known ?? event;
    const other = eventOf(crypto, { ...event, text: `${event.text}, or not` }, null);
    if (typeof other === "string") return event;
    const signed = signEvent(crypto, other, self.key);
    logs.add(keyOf(event));
    twins.set(event.id, signed);
    return signed;
  };
  return ({ to, events, ...rest }, self) => {
    const isTold = to < self.id;
    return { ...rest, to, events: events.map((event) => (isTold && event.author === self.id ? twinOf(event, self) : event)) };
  };
}

/** Tells of events that nobody wrote. */
const inventing: Lie = (output, { id: author, random }) => {
  if (output.kind !== "send" || output.message.kind !== "heads") return [output];
  const id = random.next().toString(16).padStart(64, "0") as EventId;
  const inst = "0000000000000bad" as Event["inst"];
  const invented = { author, inst, seq: 1 + random.below(1e9), id, hlc: Number.MAX_SAFE_INTEGER };
  return [{ ...output, message: { ...output.message, heads: [...output.message.heads.slice(1), invented] } }];
};
