import { describe, expect, test } from "vitest";
import { base32, nodeGuidHash, openChannelHash } from "../../src/crypto/index.ts";
import { sodiumCrypto as crypto } from "../../src/crypto/sodium/index.ts";
import { guidFrom } from "../../src/wire/index.ts";
import { fromHex, toHex, vectors } from "./vectors.ts";

interface OpenCase {
  name: string;
  hashed: string;
  channelId: string;
}
interface NodeCase {
  publicKey: string;
  nodeId: string;
  guid: string;
}

const { open, nodes } = vectors<{ open: OpenCase[]; nodes: NodeCase[] }>("channel-id");

describe("the id of an open channel", () => {
  test.each(open)("#$name is $channelId", ({ name, hashed, channelId }) => {
    expect(toHex(openChannelHash(crypto, name))).toBe(toHex(crypto.sha256(fromHex(hashed))));
    expect(guidFrom(openChannelHash(crypto, name))).toBe(channelId);
  });

  test("is the same for composed and decomposed letters, and in either case", () => {
    const ids = ["gr\u00fc\u00dfe", "gru\u0308\u00dfe", "GR\u00dc\u00dfE"].map((name) => guidFrom(openChannelHash(crypto, name)));
    expect(new Set(ids).size).toBe(1);
  });
});

describe("the names of a node", () => {
  test.each(nodes)("$nodeId is its key in base32, and old programs see $guid", ({ publicKey, nodeId, guid }) => {
    expect(base32(fromHex(publicKey))).toBe(nodeId);
    expect(guidFrom(nodeGuidHash(crypto, fromHex(publicKey)))).toBe(guid);
  });
});

describe("base32", () => {
  test.each([
    ["", ""],
    ["00", "00"],
    ["ff", "ZW"],
    ["f800000000", "Z0000000"],
    ["00443214c74254b635cf84653a56d7c675be77df", "0123456789ABCDEFGHJKMNPQRSTVWXYZ".slice(0, 32)],
  ])("of %j is %j", (hex, text) => {
    expect(base32(fromHex(hex))).toBe(text);
  });

  test("uses no letter that is read for another", () => {
    expect(base32(Uint8Array.from({ length: 256 }, (_, at) => at))).not.toMatch(/[^0-9A-HJKMNP-TV-Z]/);
  });
});
