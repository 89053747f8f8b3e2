/** The limits of datagrams that are too large to write out as vectors. PROTOCOL.md §2.4. */
import { describe, expect, test } from "vitest";
import { DATAGRAM_READ_MAX, DEPTH_MAX, decode, ENTRIES_READ_MAX, encode } from "../../src/wire/index.ts";

const HELLO = '{"msg_type":"HELLO"}';
const bytes = (text: string) => new TextEncoder().encode(text);

describe("size", () => {
  test("a datagram of 65,507 bytes is read", () => {
    expect(DATAGRAM_READ_MAX).toBe(65_507);
    expect(decode(bytes(HELLO.padEnd(65_507)))).toMatchObject({ ok: true });
  });

  test("a datagram of 65,508 bytes is refused, whatever is in it", () => {
    expect(decode(bytes(HELLO.padEnd(65_508)))).toEqual({ ok: false, reason: "oversize" });
    expect(decode(new Uint8Array(65_508))).toEqual({ ok: false, reason: "oversize" });
  });

  test("size is counted in bytes", () => {
    const text = `{"msg_type":"HELLO","msg_data":{"a":"${"é".repeat(32_800)}"}}`;
    expect(text.length).toBeLessThan(DATAGRAM_READ_MAX);
    expect(decode(bytes(text))).toEqual({ ok: false, reason: "oversize" });
  });

  test("a text as long as the datagram allows comes through", () => {
    const channel_id = "0f8fad5b-d9cb-469f-a165-70867728950e" as const;
    const empty = encode("MESSAGE", { channel_id, message: "" }).length;
    const message = "x".repeat(DATAGRAM_READ_MAX - empty);
    const datagram = encode("MESSAGE", { channel_id, message });
    expect(datagram.length).toBe(DATAGRAM_READ_MAX);
    expect(decode(datagram)).toEqual({ ok: true, message: { verb: "MESSAGE", body: { channel_id, message } } });
  });
});

describe("depth", () => {
  const nested = (depth: number, open: string, close: string) => `${open.repeat(depth)}0${close.repeat(depth)}`;

  test.each([
    ["arrays", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("the deepest nesting that is read is 8 (%s)", (_, open, close) => {
    expect(DEPTH_MAX).toBe(8);
    const decodeAt = (depth: number) => decode(bytes(`{"msg_type":"HELLO","x":${nested(depth - 1, open, close)}}`));
    expect(decodeAt(8)).toMatchObject({ ok: true });
    expect(decodeAt(9)).toEqual({ ok: false, reason: "too-deep" });
  });

  test("the largest nest that fits a datagram is refused at once", () => {
    expect(decode(bytes(`{"msg_type":${nested(32_000, "[", "]")}}`))).toEqual({ ok: false, reason: "too-deep" });
    expect(decode(bytes("{".repeat(DATAGRAM_READ_MAX)))).toEqual({ ok: false, reason: "too-deep" });
  });

  test("a string of backslashes and quotes takes no longer than its length", () => {
    const text = `{"msg_type":"HELLO","a":"${'\\\\\\"'.repeat(16_000)}"}`;
    expect(decode(bytes(text))).toMatchObject({ ok: true });
  });
});

describe("lists", () => {
  const routing = (entries: number) => {
    const nodes = new Array(entries).fill('{"address":"203.0.113.5:4000"}').join(",");
    return decode(bytes(`{"msg_type":"ROUTING","msg_data":{"nodes":[${nodes}]}}`));
  };

  test("1,024 entries are read", () => {
    expect(ENTRIES_READ_MAX).toBe(1_024);
    expect(routing(1_024)).toMatchObject({ ok: true });
  });

  test("1,025 entries are refused", () => {
    expect(routing(1_025)).toEqual({ ok: false, reason: "bad-data" });
  });

  test("10,000 entries of one character are refused", () => {
    expect(decode(bytes(`{"msg_type":"ROUTING","msg_data":{"nodes":[${"0,".repeat(9_999)}0]}}`))).toEqual({
      ok: false,
      reason: "bad-data",
    });
  });
});
