/** GUIDs as text, and made from hashes. PROTOCOL.md §3.2. */
import { expect, test } from "vitest";
import { guidFrom, isGuid, parseGuid } from "../../src/wire/index.ts";

const GUID = "0f8fad5b-d9cb-469f-a165-70867728950e";

test("a GUID is 8-4-4-4-12 hex digits in either case", () => {
  expect(isGuid(GUID)).toBe(true);
  expect(isGuid(GUID.toUpperCase())).toBe(true);
});

test.each([
  ["nothing", ""],
  ["one digit short", GUID.slice(1)],
  ["one digit more", `${GUID}0`],
  ["braces", `{${GUID}}`],
  ["no dashes", GUID.replaceAll("-", "")],
  ["a dash moved", "0f8fad5-bd9cb-469f-a165-70867728950e"],
  ["a dash for a digit", "0f8fad5--d9cb-469f-a165-70867728950e"],
  ["a letter beyond f", `g${GUID.slice(1)}`],
  ["a letter beyond F", `G${GUID.slice(1)}`],
  ["a digit of another script", `٠${GUID.slice(1)}`],
  ["white space", ` ${GUID.slice(1)}`],
])("refused: %s", (_, text) => {
  expect(isGuid(text)).toBe(false);
  expect(parseGuid(text)).toBeNull();
});

test("a GUID is read in lower case", () => {
  expect(parseGuid(GUID.toUpperCase())).toBe(GUID);
});

test("a GUID made from bytes keeps them but for version 8 and the variant", () => {
  expect(guidFrom(new Uint8Array(16))).toBe("00000000-0000-8000-8000-000000000000");
  expect(guidFrom(new Uint8Array(16).fill(0xff))).toBe("ffffffff-ffff-8fff-bfff-ffffffffffff");
  expect(guidFrom(Uint8Array.from({ length: 32 }, (_, at) => at))).toBe("00010203-0405-8607-8809-0a0b0c0d0e0f");
});

test("a GUID made from bytes is one", () => {
  expect(isGuid(guidFrom(Uint8Array.from({ length: 16 }, (_, at) => at * 17)))).toBe(true);
});
