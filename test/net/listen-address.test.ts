import { describe, expect, test } from "vitest";
import { parseListenAddress } from "../../src/net/index.ts";

describe("an address to listen on", () => {
  test.each([
    ["127.0.0.1:7667", "127.0.0.1", 7_667],
    ["0.0.0.0:0", "0.0.0.0", 0],
    ["[::]:7667", "::", 7_667],
    ["[::]:0", "::", 0],
    ["[2001:DB8::1]:65535", "2001:db8::1", 65_535],
  ])("%s is read", (text, ip, port) => {
    expect(parseListenAddress(text)).toEqual({ ip, port });
  });

  test.each([
    "",
    ":7667",
    "7667",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "127.0.0.1:00",
    "localhost:0",
    ":::0",
    "::1:0",
    "[127.0.0.1]:x",
    "[::1]",
  ])("%s is none", (text) => {
    expect(parseListenAddress(text)).toBeNull();
  });
});
