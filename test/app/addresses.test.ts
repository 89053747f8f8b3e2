import { describe, expect, test, vi } from "vitest";
import { Addresses, type LookUp, parseHostPort, systemLookUp } from "../../src/app/addresses.ts";

describe("an address as people write it", () => {
  test.each([
    ["203.0.113.5:4000", "203.0.113.5", 4_000, false],
    ["203.0.113.5", "203.0.113.5", null, false],
    ["[2001:DB8::1]:4000", "2001:db8::1", 4_000, false],
    ["2001:db8::1", "2001:db8::1", null, false],
    ["[2001:db8::1]", "2001:db8::1", null, false],
    ["[::ffff:203.0.113.5]:4000", "203.0.113.5", 4_000, false],
    ["localhost", "localhost", null, true],
    ["chat.example.org:4000", "chat.example.org", 4_000, true],
    ["my_host-1:1", "my_host-1", 1, true],
  ])("%s is read", (text, host, port, isName) => {
    expect(parseHostPort(text)).toEqual({ host, port, isName });
  });

  test.each([
    "",
    ":",
    ":4000",
    "a b:1",
    "host:",
    "host:0",
    "host:65536",
    "host:x",
    "1.2.3:4000",
    "1.2.3.4.5",
    "300.1.1.1:1",
    "-a:1",
    "a..b:1",
    "http://a:1",
    "#lobby",
    "a".repeat(64).repeat(4),
  ])("%j is none", (text) => {
    expect(() => parseHostPort(text)).toThrow(expect.objectContaining({ code: "bad-address" }));
  });

  test.each(["0.0.0.0:7667", "[::]:7667", "255.255.255.255:7667", "224.0.0.1:7667", "[ff02::1]:7667"])(
    "%s is not that of one machine",
    (text) => {
      expect(() => parseHostPort(text)).toThrow(
        expect.objectContaining({ code: "bad-address", message: expect.stringContaining("one machine") }),
      );
    },
  );
});

describe("a host name", () => {
  const addresses = (lookUp: LookUp) => new Addresses(lookUp, () => "ipv4");

  test("becomes the first address found, and the port is the usual one where none is given", async () => {
    const lookUp = vi.fn<LookUp>(async () => ["203.0.113.5", "203.0.113.6"]);
    expect(await addresses(lookUp).endpoint("chat.example.org")).toBe("203.0.113.5:7667");
    expect(await addresses(lookUp).endpoint("chat.example.org:4000")).toBe("203.0.113.5:4000");
    expect(lookUp).toHaveBeenCalledWith("chat.example.org", "ipv4");
  });

  test("is not looked up where an address is given", async () => {
    const lookUp = vi.fn<LookUp>();
    expect(await addresses(lookUp).endpoint("[2001:db8::1]:4000")).toBe("[2001:db8::1]:4000");
    expect(lookUp).not.toHaveBeenCalled();
  });

  test("that does not resolve is an error with the resolver's code", async () => {
    const lookUp: LookUp = async () => Promise.reject(Object.assign(new Error(), { code: "ENOTFOUND" }));
    await expect(addresses(lookUp).endpoint("nowhere.invalid:1")).rejects.toMatchObject({
      code: "no-name",
      reason: "ENOTFOUND",
      message: expect.stringContaining("nowhere.invalid"),
    });
    await expect(addresses(async () => []).endpoint("nowhere.invalid:1")).rejects.toMatchObject({ code: "no-name" });
  });

  test("that nobody answers for is given up", async () => {
    vi.useFakeTimers();
    const asked = addresses(() => new Promise(() => {})).endpoint("slow.example.org");
    const failed = expect(asked).rejects.toMatchObject({ code: "no-name", reason: "ETIMEOUT" });
    await vi.advanceTimersByTimeAsync(5_000);
    await failed;
    vi.useRealTimers();
  });

  test("localhost is known to the system", async () => {
    expect(await systemLookUp("localhost", "ipv4")).toContain("127.0.0.1");
  });
});
