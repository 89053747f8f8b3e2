import { describe, expect, test } from "vitest";
import { mayMeet, mayProbe, rangeOf } from "../../src/core/scope.ts";
import type { Endpoint, Ip } from "../../src/wire/index.ts";

const PUBLIC = "203.0.113.2:4000" as Endpoint;

describe("the range of an address", () => {
  test.each([
    ["203.0.113.2", "public"],
    ["2001:db8::1", "public"],
    ["127.0.0.1", "loopback"],
    ["::1", "loopback"],
    ["10.1.2.3", "10/8"],
    ["172.16.0.1", "172.16/12"],
    ["172.31.255.1", "172.16/12"],
    ["172.32.0.1", "public"],
    ["192.168.1.1", "192.168/16"],
    ["100.64.0.1", "100.64/10"],
    ["100.128.0.1", "public"],
    ["fd00::1", "fc00::/7"],
    ["fe80::1", null],
    ["169.254.1.1", null],
    ["224.0.0.1", null],
    ["ff02::1", null],
    ["255.255.255.255", null],
    ["240.0.0.1", null],
    ["0.0.0.0", null],
    ["::", null],
  ])("%s is %s", (ip, range) => {
    expect(rangeOf(ip as Ip)).toBe(range);
  });
});

describe("two endpoints", () => {
  test.each([
    [PUBLIC, "198.51.100.3:1024", true],
    [PUBLIC, "198.51.100.3:1023", false],
    ["10.0.0.1:4000", "10.255.0.1:4000", true],
    ["10.0.0.1:4000", "192.168.0.1:4000", false],
    ["127.0.0.1:4000", "127.9.9.9:4000", true],
    ["127.0.0.1:4000", PUBLIC, false],
    ["169.254.0.1:4000", "169.254.0.2:4000", false],
  ])("%s and %s may meet: %s", (one, other, may) => {
    expect(mayMeet(one as Endpoint, other as Endpoint)).toBe(may);
    expect(mayMeet(other as Endpoint, one as Endpoint)).toBe(may);
  });
});

describe("a probe", () => {
  test.each([
    [PUBLIC, "10.0.0.1:7000", true],
    [PUBLIC, "198.51.100.1:7000", true],
    ["203.0.113.2:53", "198.51.100.1:7000", false],
    ["10.0.0.2:4000", "10.0.0.1:7000", true],
    ["10.0.0.2:4000", "192.168.0.1:7000", false],
    ["10.0.0.2:4000", "198.51.100.1:7000", false],
    ["127.0.0.1:4000", "198.51.100.1:7000", false],
    ["224.0.0.1:4000", "224.0.0.2:7000", false],
  ])("of %s at the word of %s: %s", (target, s, may) => {
    expect(mayProbe(target as Endpoint, s as Endpoint)).toBe(may);
  });
});
