/** Who would misuse a mailbox, and what comes of it. PROTOCOL.md §22.7. */
import { describe, expect, test } from "vitest";
import type { ContactNodes } from "../../../src/core/index.ts";
import {
  LEFT_BYTES_BURST,
  LEFT_BYTES_PER_SECOND,
  PARCEL_MS,
  PARCEL_OVERHEAD_BYTES,
  SLOT_BYTES_MAX,
} from "../../../src/core/mailbox/limits.ts";
import { boxOf, slotOf } from "../../../src/core/mailbox/names.ts";
import { base32, type Ed25519KeyPair } from "../../../src/crypto/index.ts";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";
import { base64, type NodeId } from "../../../src/wire/index.ts";
import { Circle, nodeIdOf, savedBy } from "../private/gathering.ts";
import { Insider } from "../routing/insider.ts";
import { say } from "../said.ts";
import { identity } from "../session/full.ts";

const [BEN, MIA] = [1, 2];
const ben = identity(BEN + 1);
const benId = base32(ben.publicKey) as NodeId;
const miaId = base32(identity(MIA + 1).publicKey) as NodeId;
const box = boxOf(sodiumCrypto, benId);
const contacts: ContactNodes = { has: (id) => id === benId || id === miaId, all: () => [benId, miaId] };
let places = 50;

/** Ben has Mia as his mailbox and is away; somebody with keys of his own is in a session with Mia, or with Ben. */
function gathered(isAway = true) {
  const made = new Circle(3, 2, (n) => ({ contacts, mailbox: n === MIA + 1 }));
  made.at(BEN).command({ kind: "mailbox", nodeId: miaId, on: true });
  made.world.run(5_000);
  if (isAway) made.world.crash(made.at(BEN));
  const mia = made.at(MIA);
  const insider = new Insider(made.world, `203.0.113.${places}:7667`, isAway ? mia : made.at(BEN), places++);
  const lie = () =>
    mia.shelf
      .usage(benId)
      .reduce((sum, { parcels, bytes }) => ({ parcels: sum.parcels + parcels, bytes: sum.bytes + bytes }), { parcels: 0, bytes: 0 });
  return { made, mia, insider, lie, pass: slotOf(sodiumCrypto, ben.signingKey as Ed25519KeyPair, made.place.genesis).pass };
}

const parcel = (bytes: number, fill: number) => base64(new Uint8Array(bytes).fill(fill));
const left = (ptp: object, msg_id: string) => say("MESSAGE", { channel_id: box, message: "", msg_id, ptp });

describe("something that was left", () => {
  test("without the pass of a slot is not kept, and refused without a word of why", () => {
    const { made, mia, insider, lie } = gathered();
    const before = lie();
    insider.say(left({ pass: "ab".repeat(32), parcel: parcel(400, 1) }, "1"));
    insider.say(
      say("MESSAGE", {
        channel_id: boxOf(sodiumCrypto, insider.id),
        message: "",
        msg_id: "2",
        ptp: { pass: "ab".repeat(32), parcel: parcel(400, 1) },
      }),
    );
    made.world.run(200);
    expect(mia.dropped("mailbox-no-slot")).toBe(2);
    expect(insider.heard("LEAVE").map(({ channel_id }) => channel_id)).toEqual(
      expect.arrayContaining([box, boxOf(sodiumCrypto, insider.id)]),
    );
    expect(insider.heard("ACK")).toEqual([]);
    expect(lie()).toEqual(before);
  });

  test("with it, as by a member of the channel, is bounded by what one node may leave in a while", () => {
    const { made, mia, insider, lie, pass } = gathered();
    for (let n = 0; n < 6_000; n++) {
      insider.say(left({ pass, parcel: parcel(700, n & 255).slice(0, -8) + base64(Uint8Array.of(n >> 8, n & 255, 1, 2, 3)) }, `${n}`));
      if (n % 100 === 0) made.world.run(5);
    }
    made.world.run(1_000);
    const { bytes, parcels } = lie();
    expect(mia.dropped("mailbox-rate")).toBeGreaterThan(0);
    expect(parcels).toBeLessThan(6_000);
    expect(bytes).toBeLessThan(1.5 * LEFT_BYTES_BURST);
  });

  test("as slowly as one may is bounded by what a slot holds, and not kept from then on", () => {
    const { made, mia, insider, lie, pass } = gathered();
    const fits = Math.floor(LEFT_BYTES_PER_SECOND / (700 + PARCEL_OVERHEAD_BYTES)) - 5;
    for (let second = 0; second < 200; second++) {
      for (let n = 0; n < fits; n++)
        insider.say(left({ pass, parcel: parcel(690, n).slice(0, -8) + base64(Uint8Array.of(second, n, 1, 2, 3)) }, `${second}.${n}`));
      made.world.run(1_000);
    }
    expect(mia.dropped("mailbox-rate")).toBe(0);
    expect(mia.dropped("mailbox-full")).toBeGreaterThan(100);
    const { bytes, parcels } = lie();
    const counted = bytes + parcels * PARCEL_OVERHEAD_BYTES;
    expect(counted).toBeGreaterThan(0.9 * SLOT_BYTES_MAX);
    expect(counted).toBeLessThanOrEqual(SLOT_BYTES_MAX);
  });

  test("again and again is kept once", () => {
    const { made, insider, lie, pass } = gathered();
    const before = lie().parcels;
    for (let n = 0; n < 5; n++) {
      insider.say(left({ pass, parcel: parcel(400, 1) }, `${n}`));
      made.world.run(50);
    }
    expect(lie().parcels).toBe(before + 1);
    expect(insider.heard("ACK").length).toBe(5);
  });

  test("of what nothing can be made of costs its owner a look, and it is gone", () => {
    const { made, insider, lie, pass } = gathered();
    insider.say(left({ pass, parcel: parcel(400, 1) }, "1"));
    made.world.run(100);
    const back = made.restart(BEN);
    made.world.run(20_000);
    expect(back.dropped("parcel-unreadable")).toBe(1);
    expect(lie().parcels).toBe(0);
    expect(savedBy(back).every(({ author }) => author !== insider.id)).toBe(true);
  });

  test("and not fetched for thirty days goes", () => {
    const { made, insider, lie, pass } = gathered();
    insider.say(left({ pass, parcel: parcel(400, 1) }, "1"));
    made.world.run(60_000);
    expect(lie().parcels).toBeGreaterThan(0);
    const mia = made.at(MIA);
    mia.step({ kind: "clock", epoch: 1_790_000_000_000 + PARCEL_MS + 1_000 });
    made.world.run(3_700_000);
    expect(lie().parcels).toBe(0);
  });
});

describe("a node that is no mailbox of ours", () => {
  test("brings us nothing by saying that it is one", () => {
    const { made, insider } = gathered(false);
    const host = made.at(BEN);
    insider.say(left({ slot: "ab".repeat(32), parcel: parcel(400, 1) }, "1"));
    insider.say(say("CHANNEL", { channel_id: box, ptp: { keeps: true } }));
    made.world.run(200);
    expect(host.dropped("mailbox-stray")).toBe(2);
    expect(host.saw("mailbox").map(({ node }) => node)).toEqual([nodeIdOf(made.at(MIA))]);
  });

  test("gets no box of another by claiming slots: they are its own, and it is no contact", () => {
    const { made, mia, insider } = gathered();
    insider.say(say("JOIN", { channel_id: box, ptp: { slots: ["cd".repeat(32)] } }));
    made.world.run(200);
    expect(mia.dropped("mailbox-refused")).toBe(1);
    expect(mia.shelf.mailboxes().owners.map(({ nodeId }) => nodeId)).toEqual([benId]);
  });
});
