/** Addresses as text: one place, one string. PROTOCOL.md §3.1; RFC 5952, RFC 4291, RFC 6890. */
import { describe, expect, test } from "vitest";
import {
  endpoint,
  type Ip,
  ipOf,
  networkOf,
  observedEndpoint,
  parseEndpoint,
  parseIp,
  parsePort,
  portOf,
  type Scope,
  scopeOf,
} from "../../src/wire/index.ts";
import { type EndpointVector, readVectors } from "./vector-file.ts";

const vectors = readVectors<EndpointVector>("endpoint");
const ip = (text: string): Ip => {
  const parsed = parseIp(text);
  if (parsed === null) throw new Error(`no address: ${text}`);
  return parsed;
};

describe("parseEndpoint", () => {
  test.each(vectors)("$name: $text", ({ text, canonical }) => {
    expect(parseEndpoint(text)).toBe(canonical);
  });

  test("the canonical form is read as itself, and splits into address and port", () => {
    for (const { canonical } of vectors) {
      if (canonical === null) continue;
      const read = parseEndpoint(canonical);
      expect(read).toBe(canonical);
      if (read !== null) expect(endpoint(ipOf(read), portOf(read))).toBe(canonical);
    }
  });
});

describe("parseIp", () => {
  test("an address is read without brackets, port or zone", () => {
    expect(parseIp("2001:DB8::1")).toBe("2001:db8::1");
    expect(parseIp("203.0.113.5")).toBe("203.0.113.5");
    expect(parseIp("::ffff:203.0.113.5")).toBe("203.0.113.5");
    for (const text of ["[2001:db8::1]", "203.0.113.5:80", "fe80::1%eth0", "", "4000", "::ffff:203.0.113"])
      expect(parseIp(text), text).toBeNull();
  });

  test("the longest spelling of an address is read", () => {
    expect(parseIp("ABCD:ABCD:ABCD:ABCD:ABCD:ABCD:192.168.158.190")).toBe("abcd:abcd:abcd:abcd:abcd:abcd:c0a8:9ebe");
  });
});

describe("parsePort", () => {
  test.each([
    ["1", 1],
    ["65535", 65_535],
    ["0", null],
    ["65536", null],
    ["080", null],
    ["-1", null],
    ["8 ", null],
    ["8e1", null],
    ["", null],
    ["100000", null],
  ])("%j", (text, port) => {
    expect(parsePort(text)).toBe(port);
  });
});

describe("observedEndpoint", () => {
  test.each([
    ["203.0.113.5", "203.0.113.5:4000"],
    ["::ffff:203.0.113.5", "203.0.113.5:4000"],
    ["::ffff:cb00:7105", "203.0.113.5:4000"],
    ["2001:db8:0:0::5", "[2001:db8::5]:4000"],
    ["::1", "[::1]:4000"],
    ["fe80::1%eth0", "[fe80::1%eth0]:4000"],
    ["fe80:0::0001%eth0", "[fe80::1%eth0]:4000"],
  ])("%s", (address, expected) => {
    expect(observedEndpoint(address, 4000)).toBe(expected);
  });

  test("address and port can be taken out again, the zone included", () => {
    const observed = observedEndpoint("fe80::1%eth0", 4000);
    expect(ipOf(observed)).toBe("fe80::1%eth0");
    expect(portOf(observed)).toBe(4000);
    expect(scopeOf(ipOf(observed))).toBe("link-local");
  });
});

describe("scopeOf", () => {
  const cases: [string, Scope][] = [
    ["0.0.0.0", "unspecified"],
    ["0.1.2.3", "unspecified"],
    ["127.0.0.1", "loopback"],
    ["127.255.255.255", "loopback"],
    ["128.0.0.0", "public"],
    ["9.255.255.255", "public"],
    ["10.0.0.0", "private"],
    ["11.0.0.0", "public"],
    ["100.63.255.255", "public"],
    ["100.64.0.0", "private"],
    ["100.127.255.255", "private"],
    ["100.128.0.0", "public"],
    ["169.253.0.1", "public"],
    ["169.254.0.1", "link-local"],
    ["172.15.255.255", "public"],
    ["172.16.0.0", "private"],
    ["172.31.255.255", "private"],
    ["172.32.0.0", "public"],
    ["192.167.255.255", "public"],
    ["192.168.0.0", "private"],
    ["192.169.0.0", "public"],
    ["223.255.255.255", "public"],
    ["224.0.0.1", "multicast"],
    ["240.0.0.1", "multicast"],
    ["255.255.255.254", "multicast"],
    ["255.255.255.255", "broadcast"],
    ["::", "unspecified"],
    ["::1", "loopback"],
    ["::2", "public"],
    ["2001:db8::1", "public"],
    ["fbff::1", "public"],
    ["fc00::1", "private"],
    ["fdff::1", "private"],
    ["fe00::1", "public"],
    ["fe80::1", "link-local"],
    ["febf::1", "link-local"],
    ["ff02::1", "multicast"],
    ["::ffff:127.0.0.1", "loopback"],
    ["::ffff:255.255.255.255", "broadcast"],
  ];
  test.each(cases)("%s is %s", (text, scope) => {
    expect(scopeOf(ip(text))).toBe(scope);
  });
});

describe("networkOf", () => {
  test("is the whole IPv4 address", () => {
    expect(networkOf(ip("203.0.113.5"))).toBe("203.0.113.5");
    expect(networkOf(ip("::ffff:203.0.113.5"))).toBe("203.0.113.5");
  });

  test("is the first 64 bits of an IPv6 address, however written", () => {
    expect(networkOf(ip("2001:db8:1:2::5"))).toBe(networkOf(ip("2001:db8:1:2:ffff:ffff:ffff:ffff")));
    expect(networkOf(ip("2001:db8:1:2::5"))).not.toBe(networkOf(ip("2001:db8:1:3::5")));
    expect(networkOf("fe80::1%eth0" as Ip)).toBe(networkOf(ip("fe80::2")));
  });

  test("an IPv6 network is never taken for an IPv4 address", () => {
    expect(networkOf(ip("::1"))).not.toBe(networkOf(ip("0.0.0.0")));
  });
});
