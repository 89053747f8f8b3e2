import { describe, expect, test } from "vitest";
import { filteringOf, keepsPort, mappingOf } from "../../src/core/nat-class.ts";
import type { Endpoint } from "../../src/wire/index.ts";

const place = (port: number) => `203.0.113.101:${port}` as Endpoint;
const OWN = ["192.168.1.10:5000" as Endpoint];

describe("the mapping", () => {
  test.each([
    [null, null, null, "unknown"],
    [1, null, null, "unknown"],
    [1, 1, 1, "endpoint-independent"],
    [1, 1, 2, "address-dependent"],
    [1, 2, 3, "address-and-port-dependent"],
    [1, 2, null, "address-and-port-dependent"],
    [1, 2, 1, "address-and-port-dependent"],
    [1, 1, null, "endpoint-independent-or-address-dependent"],
    [1, null, 1, "unknown"],
    [1, null, 2, "unknown"],
    [null, 1, 1, "unknown"],
  ])("of a socket seen as %s, by another port as %s, elsewhere as %s is %s", (first, otherPort, otherAddress, mapping) => {
    const at = (port: number | null) => (port === null ? null : place(port));
    expect(mappingOf({ first: at(first), otherPort: at(otherPort), otherAddress: at(otherAddress) }, OWN)).toBe(mapping);
  });

  test("is none where others see the socket's own endpoint", () => {
    const seen = { first: place(5_000), otherPort: null, otherAddress: null };
    expect(mappingOf(seen, [...OWN, place(5_000)])).toBe("none");
    expect(keepsPort(seen, "none", 5_000)).toBeNull();
    expect(keepsPort(seen, "endpoint-independent", 5_000)).toBe(true);
    expect(keepsPort(seen, "endpoint-independent", 5_001)).toBe(false);
  });
});

describe("the filtering", () => {
  test.each([
    [null, null, "unknown"],
    [false, false, "address-and-port-dependent"],
    [true, false, "address-dependent"],
    [false, true, "endpoint-independent"],
    [true, true, "endpoint-independent"],
    [true, null, "endpoint-independent-or-address-dependent"],
    [false, null, "address-and-port-dependent"],
  ])("where another port came through %s and another address %s is %s", (otherPort, otherAddress, filtering) => {
    expect(filteringOf({ otherPort, otherAddress })).toBe(filtering);
  });
});
