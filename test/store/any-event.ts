/** Any event that a store may be given, whatever its content: ids and signatures are random and prove nothing. */
import fc from "fast-check";
import type { ChannelHash, Event } from "../../src/core/index.ts";
import { base32 } from "../../src/crypto/index.ts";
import { DEPS_MAX, type EventId, type InstanceId, type NodeId, type Signature, WHOLE_MAX } from "../../src/wire/index.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hex = (length: number) => bytes(length).map((raw) => Buffer.from(raw).toString("hex"));
const eventId = hex(32) as fc.Arbitrary<EventId>;
const whole = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: WHOLE_MAX }), fc.constant(WHOLE_MAX));
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme-composite" }),
  fc.constant("x".repeat(16_384)),
  fc.constant("\0"),
);

export function anyEvent(channel: ChannelHash): fc.Arbitrary<Event> {
  return fc.record({
    id: eventId,
    channel: fc.constant(channel),
    author: bytes(32).map((raw) => base32(raw) as NodeId),
    inst: hex(8) as fc.Arbitrary<InstanceId>,
    seq: whole,
    prev: fc.option(eventId),
    deps: fc.array(eventId, { maxLength: DEPS_MAX }),
    hlc: whole,
    kind: fc.constantFrom("post", "edit", "from-the-future", "reaction"),
    text,
    details: fc.array(fc.tuple(fc.constantFrom("target", "reply", "cut", ""), text), { maxLength: 5 }),
    sig: fc.option(bytes(64).map((raw) => Buffer.from(raw).toString("base64url") as Signature)),
  });
}
