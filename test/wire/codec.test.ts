/** The codec where a vector cannot say it: bytes that are shared, values on their way. PROTOCOL.md §2. */
import { describe, expect, test } from "vitest";
import { decode, decodeHead, encode, headOf, type Message } from "../../src/wire/index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (datagram: Uint8Array) => new TextDecoder().decode(datagram);

describe("decode", () => {
  test("never touches the bytes it reads", () => {
    const datagram = encode("MESSAGE", { channel_id: "0f8fad5b-d9cb-469f-a165-70867728950e", message: "hi" });
    const before = Uint8Array.from(datagram);
    decode(datagram);
    expect(datagram).toEqual(before);
  });

  test("a refused datagram leaves nothing behind for the next one", () => {
    expect(decode(Uint8Array.of(0x7b, 0xc3))).toEqual({ ok: false, reason: "not-utf8" });
    expect(decode(Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes('{"msg_type":"ACK"}')))).toEqual({
      ok: true,
      message: { verb: "ACK", body: {} },
    });
    expect(decode(bytes('{"msg_type":"ACK"}'))).toEqual({ ok: true, message: { verb: "ACK", body: {} } });
  });

  test("a view into a larger buffer is read within its bounds", () => {
    const buffer = bytes('junk{"msg_type":"HELLO"}junk');
    expect(decode(buffer.subarray(4, 24))).toEqual({ ok: true, message: { verb: "HELLO", body: {} } });
  });

  test("only the byte order mark tells UTF-8 with a mark from what is not ours", () => {
    for (const start of [[0xef], [0xef, 0xbb], [0xef, 0xbb, 0xbe], [0xef, 0xbf, 0xbf]]) {
      expect(decode(Uint8Array.of(...start)), String(start)).toEqual({ ok: false, reason: "not-ours" });
    }
    expect(decode(Uint8Array.of(0xef, 0xbb, 0xbf))).toEqual({ ok: false, reason: "not-json" });
  });

  test("of the 256 first bytes five begin a message and one a frame", () => {
    const reasons = Array.from({ length: 256 }, (_, first) => decode(Uint8Array.of(first)));
    const at = (reason: string) => reasons.flatMap((decoded, first) => (!decoded.ok && decoded.reason === reason ? [first] : []));
    expect(at("not-json")).toEqual([0x09, 0x0a, 0x0d, 0x20, 0x7b]);
    expect(at("no-session")).toEqual([0xf8]);
    expect(at("not-ours")).toHaveLength(250);
  });
});

describe("decodeHead", () => {
  test("reads the message that a RELAY carried", () => {
    const decoded = decode(
      bytes(
        '{"msg_type":"RELAY","msg_data":{"dst":"198.51.100.7:5000","message":{"msg_type":"ACK","msg_data":{"msg_id":"a","x":1},"y":2}}}',
      ),
    );
    if (!decoded.ok || decoded.message.verb !== "RELAY") throw new Error("no RELAY");
    expect(decodeHead(decoded.message.body.message)).toEqual({ ok: true, message: { verb: "ACK", body: { msg_id: "a" } } });
  });

  test("checks the message that a RELAY carried like any other", () => {
    const reasonOf = (head: unknown) => {
      const decoded = decodeHead(head);
      return decoded.ok ? null : decoded.reason;
    };
    expect(reasonOf({ msg_type: "PING" })).toBe("unknown-verb");
    expect(reasonOf({ msg_type: "JOIN" })).toBe("bad-data");
    expect(reasonOf({ msg_type: "HELLO", msg_data: [] })).toBe("bad-data");
    for (const head of [null, undefined, [], "HELLO", 5]) expect(reasonOf(head)).toBe("not-an-object");
    expect(reasonOf(Object.create({ msg_type: "HELLO" }))).toBe("no-verb");
    expect(decodeHead(Object.assign(Object.create({ msg_data: { msg_id: "a" } }), { msg_type: "ACK" }))).toEqual({
      ok: true,
      message: { verb: "ACK", body: {} },
    });
  });
});

describe("encode", () => {
  test("writes the two head keys and nothing else", () => {
    expect(textOf(encode("HELLO"))).toBe('{"msg_type":"HELLO"}');
    expect(textOf(encode("ACK", { msg_id: 3 }))).toBe('{"msg_type":"ACK","msg_data":{"msg_id":3}}');
  });

  test("the head as a value is what the bytes say", () => {
    expect(JSON.parse(textOf(encode("ACK", { msg_id: 3 })))).toEqual(headOf("ACK", { msg_id: 3 }));
    expect(JSON.parse(textOf(encode("HELLO")))).toEqual(headOf("HELLO"));
  });

  test("a datagram stays what it is while others are written", () => {
    const hello = encode("HELLO");
    const kept = Array.from({ length: 5_000 }, (_, at) => encode("ACK", { msg_id: at }));
    expect(textOf(hello)).toBe('{"msg_type":"HELLO"}');
    for (const [at, datagram] of kept.entries()) expect(textOf(datagram)).toBe(`{"msg_type":"ACK","msg_data":{"msg_id":${at}}}`);
  });

  test("a datagram longer than any that is sent is still written whole", () => {
    const message = "€".repeat(40_000);
    const datagram = encode("MESSAGE", { channel_id: "0f8fad5b-d9cb-469f-a165-70867728950e", message });
    expect(JSON.parse(textOf(datagram))).toMatchObject({ msg_data: { message } });
  });

  test("for old programs every byte is printable ASCII, and decodes to the same", () => {
    const body = { channel_id: "0f8fad5b-d9cb-469f-a165-70867728950e", message: 'größe 😀 \u0000\u001f\u007f\u2028\u{10ffff} "\\/' };
    const datagram = encode("MESSAGE", body, true);
    expect(datagram.every((byte) => byte >= 0x20 && byte <= 0x7e)).toBe(true);
    expect(decode(datagram)).toEqual({ ok: true, message: { verb: "MESSAGE", body } satisfies Message });
    expect(decode(datagram)).toEqual(decode(encode("MESSAGE", body)));
  });
});
