/** Datagrams of PCP and NAT-PMP against bytes written by hand after their RFCs, and against whatever a gateway may say instead. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAnnouncement } from "../../../src/net/map/announcements.ts";
import { EpochWatch } from "../../../src/net/map/epoch-watch.ts";
import type { Wanted } from "../../../src/net/map/map-protocol.ts";
import * as natPmp from "../../../src/net/map/nat-pmp.ts";
import * as pcp from "../../../src/net/map/pcp.ts";
import type { Ip } from "../../../src/wire/index.ts";

const WANTED: Wanted = { transport: "udp", port: 7_667, outsidePort: 7_667, lifetimeS: 3_600 };
const NONCE = Uint8Array.from({ length: 12 }, (_, at) => at);
const REQUEST: pcp.MapRequest = { nonce: NONCE, wanted: WANTED, own: "192.168.1.10" as Ip };
const V4 = "00000000000000000000ffff";
const NONCE_HEX = "000102030405060708090a0b";

/** An answer of PCP: 203.0.113.5:7668 for an hour, 123 s after the gateway's start. */
const PCP_ANSWER = `02810000 00000e10 0000007b 000000000000000000000000 ${NONCE_HEX} 11000000 1df3 1df4 ${V4}cb007105`;
const PMP_ADDRESS = "00800000 0000007b cb007105";
const PMP_ANSWER = "00810000 0000007b 1df3 1df4 00000e10";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

function hexOf(of: Uint8Array): string {
  return Buffer.from(of).toString("hex");
}

function changed(hex: string, at: number, value: number): Uint8Array {
  const copy = bytes(hex);
  copy[at] = value;
  return copy;
}

describe("PCP", () => {
  test("asks with the bytes of RFC 6887", () => {
    expect(hexOf(pcp.encodeMap(REQUEST))).toBe(
      `02010000 00000e10 ${V4}c0a8010a ${NONCE_HEX} 11000000 1df3 1df3 ${V4}00000000`.replaceAll(" ", ""),
    );
    const tcp = pcp.encodeMap({ ...REQUEST, wanted: { ...WANTED, transport: "tcp" } });
    expect(tcp[36]).toBe(6);
  });

  test("reads what it is given, with options behind it or without", () => {
    const granted = { outside: "203.0.113.5:7668", lifetimeS: 3_600, epochS: 123 };
    expect(pcp.readMapAnswer(bytes(PCP_ANSWER), REQUEST)).toEqual(granted);
    expect(pcp.readMapAnswer(bytes(`${PCP_ANSWER} 03000004 00000000`), REQUEST)).toEqual(granted);
  });

  test.each([
    ["a version that it does not know", 0, 1],
    ["a request", 1, 1],
    ["another opcode", 1, 0x82],
    ["another nonce", 24, 9],
    ["the nonce's last byte", 35, 9],
    ["another protocol", 36, 6],
    ["another port inside", 40, 0],
  ])("does not take %s for its answer", (_, at, value) => {
    expect(pcp.readMapAnswer(changed(PCP_ANSWER, at, value), REQUEST)).toBeNull();
  });

  test("does not take what is too short, too long or no multiple of 4", () => {
    const answer = bytes(PCP_ANSWER);
    for (const length of [0, 1, 4, 8, 24, 59]) expect(pcp.readMapAnswer(answer.subarray(0, length), REQUEST)).toBeNull();
    for (const length of [61, 1_104])
      expect(pcp.readMapAnswer(Uint8Array.of(...answer, ...new Uint8Array(length - 60)), REQUEST)).toBeNull();
  });

  test("tells a refusal, and a gateway that speaks NAT-PMP only, by the code", () => {
    expect(pcp.readMapAnswer(changed(PCP_ANSWER, 3, 2), REQUEST)).toEqual({ reason: "gateway-refused", code: 2 });
    expect(pcp.readMapAnswer(bytes("00810001 0000007b"), REQUEST)).toEqual({ reason: "gateway-refused", code: 1 });
  });

  test.each([
    ["no lifetime", PCP_ANSWER.replace("00000e10", "00000000")],
    ["no port", PCP_ANSWER.replace("1df4", "0000")],
    ["an address of IPv6", PCP_ANSWER.replace(`${V4}cb007105`, "20010db8000000000000000000000001")],
  ])("takes a success with %s for nonsense", (_, hex) => {
    expect(pcp.readMapAnswer(bytes(hex), REQUEST)).toEqual({ reason: "gateway-nonsense", code: null });
  });

  test("gives back with a lifetime of 0, which the answer repeats", () => {
    const end = { ...REQUEST, wanted: { ...WANTED, lifetimeS: 0, outsidePort: 0 } };
    expect(pcp.encodeMap(end).subarray(4, 8)).toEqual(new Uint8Array(4));
    const answer = PCP_ANSWER.replace("00000e10", "00000000").replace("1df4", "0000");
    expect(pcp.readMapAnswer(bytes(answer), end)).toMatchObject({ lifetimeS: 0 });
  });
});

describe("NAT-PMP", () => {
  test("asks with the bytes of RFC 6886", () => {
    expect(hexOf(natPmp.encodeAddressRequest())).toBe("0000");
    expect(hexOf(natPmp.encodeMapRequest(WANTED))).toBe("000100001df31df300000e10");
    expect(hexOf(natPmp.encodeMapRequest({ ...WANTED, transport: "tcp" }))).toBe("000200001df31df300000e10");
  });

  test("reads the address and the port that it is given", () => {
    expect(natPmp.readAddressAnswer(bytes(PMP_ADDRESS))).toEqual({ ip: "203.0.113.5", epochS: 123 });
    expect(natPmp.readMapAnswer(bytes(PMP_ANSWER), WANTED)).toEqual({ port: 7_668, lifetimeS: 3_600, epochS: 123 });
  });

  test("does not take another opcode, another port, what is too short or too long for its answer", () => {
    expect(natPmp.readMapAnswer(bytes(PMP_ADDRESS), WANTED)).toBeNull();
    expect(natPmp.readMapAnswer(changed(PMP_ANSWER, 1, 0x82), WANTED)).toBeNull();
    expect(natPmp.readMapAnswer(changed(PMP_ANSWER, 9, 0), WANTED)).toBeNull();
    expect(natPmp.readMapAnswer(bytes(PMP_ANSWER).subarray(0, 15), WANTED)).toBeNull();
    expect(natPmp.readMapAnswer(bytes(`${PMP_ANSWER}00`), WANTED)).toBeNull();
    expect(natPmp.readAddressAnswer(bytes(`${PMP_ADDRESS}00`))).toBeNull();
  });

  test("tells a refusal by its code, and a success without a port or a time for nonsense", () => {
    expect(natPmp.readMapAnswer(changed(PMP_ANSWER, 3, 2), WANTED)).toEqual({ reason: "gateway-refused", code: 2 });
    expect(natPmp.readAddressAnswer(bytes("00800003 0000007b"))).toEqual({ reason: "gateway-refused", code: 3 });
    const nonsense = { reason: "gateway-nonsense", code: null };
    expect(natPmp.readMapAnswer(bytes(PMP_ANSWER.replace("1df4", "0000")), WANTED)).toEqual(nonsense);
    expect(natPmp.readMapAnswer(bytes(PMP_ANSWER.replace("00000e10", "00000000")), WANTED)).toEqual(nonsense);
  });
});

test("no bytes at all make a reader throw, or grant what is no endpoint", () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 1_200 }),
    fc
      .tuple(fc.constantFrom(PCP_ANSWER, PMP_ANSWER, PMP_ADDRESS), fc.nat(59), fc.nat(255))
      .map(([hex, at, value]) => changed(hex, at, value)),
  );
  fc.assert(
    fc.property(anything, (said) => {
      for (const answer of [pcp.readMapAnswer(said, REQUEST), natPmp.readMapAnswer(said, WANTED), natPmp.readAddressAnswer(said)]) {
        if (answer === null || "reason" in answer) continue;
        if ("outside" in answer) expect(answer.outside).toMatch(/^(\d{1,3}\.){3}\d{1,3}:[1-9]\d{0,4}$/);
        if ("port" in answer) expect(answer.port).toBeGreaterThan(0);
      }
      isAnnouncement(said);
    }),
    { numRuns: 2_000 },
  );
});

describe("an announcement", () => {
  test.each([
    ["of NAT-PMP", PMP_ADDRESS, true],
    ["of PCP", "02800000 00000000 0000007b 000000000000000000000000", true],
    ["cut short", "00800000 0000007b", false],
    ["an answer to somebody's request", PMP_ANSWER, false],
    ["a request", "0000", false],
  ])("%s: %s is %s", (_, hex, is) => {
    expect(isAnnouncement(bytes(hex))).toBe(is);
  });
});

describe("a gateway's clock", () => {
  test.each([
    ["goes on as ours does", 100, 700, 600, false],
    ["drifts by less than a sixteenth", 100, 730, 600, false],
    ["is a second behind, since it rounds", 100, 99, 0, false],
    ["has begun again", 100_000, 3, 600, true],
    ["jumps ahead", 100, 5_000, 600, true],
    ["stands still", 100, 100, 600, true],
  ])("that %s: %i, then %i after %i s, tells of a restart: %s", (_, before, after, seconds, restarted) => {
    const watch = new EpochWatch();
    expect(watch.take(before, 1_000)).toBe(false);
    expect(watch.take(after, 1_000 + 1_000 * seconds)).toBe(restarted);
  });
});
