/** What a reader takes, what it copies out of that, and in which form. PROTOCOL.md §4. */
import { describe, expect, test } from "vitest";
import {
  address,
  base64,
  boolean,
  channelId,
  choice,
  extension,
  type Field,
  type Fields,
  integer,
  list,
  loose,
  nearEnd,
  number,
  object,
  opaque,
  optional,
  text,
  unknown,
} from "../../src/wire/field.ts";
import { wellFormed } from "../../src/wire/index.ts";
import { LONE_SURROGATE, MISFIT, objectReader, readerOf } from "../../src/wire/reader.ts";

/** Of every kind of JSON one, and what JSON cannot write. */
const VALUES = [
  undefined,
  null,
  true,
  0,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  "",
  "a",
  "\ud800",
  [],
  [1],
  {},
  { a: 1 },
  1n,
  Symbol("s"),
  () => 1,
];

describe("each kind of field takes what fits it and nothing else", () => {
  test.each<[string, Field, unknown[]]>([
    ["text", text(""), ["", "a", "\ud800"]],
    ["text with bounds", text("", 1, 1), ["a", "\ud800"]],
    ["integer", integer(""), [0]],
    ["integer with bounds", integer("", 1, 2), []],
    ["number", number(""), [0, 1.5]],
    ["boolean", boolean(""), [true]],
    ["list", list(number(""), ""), [[], [1]]],
    ["list with a bound", list(number(""), "", 0), [[]]],
    ["object", object({}), [{}, { a: 1 }]],
    ["object with a needed field", object({ a: integer("") }), [{ a: 1 }]],
    ["opaque", opaque({ a: integer("") }, ""), [{ a: 1 }]],
    ["choice", choice("", boolean(""), integer("")), [true, 0]],
    ["unknown", unknown(""), VALUES],
    ["base64", base64("", 8), []],
  ])("%s", (_, field, fitting) => {
    const read = readerOf(field);
    expect(VALUES.filter((value) => read(value) !== MISFIT)).toEqual(fitting);
  });

  test("bounds are met exactly", () => {
    const taken = (field: Field, values: unknown[]) => values.filter((value) => readerOf(field)(value) !== MISFIT);
    expect(taken(text("", 3, 2), ["a", "ab", "abc", "abcd"])).toEqual(["ab", "abc"]);
    expect(taken(integer("", 1, 3), [0, 1, 3, 4, 2.5])).toEqual([1, 3]);
    expect(taken(integer(""), [2 ** 53, 2 ** 53 - 1, -(2 ** 53) + 1, -(2 ** 53)])).toEqual([2 ** 53 - 1, -(2 ** 53) + 1]);
    expect(taken(list(integer(""), "", 1), [[], [1], [1, 2]])).toEqual([[], [1]]);
    expect(taken(base64("", 8), ["", "QQ==", "QUE=", "QUFB", "QQ=", "Q===", "====", "QQ=A", "Q Q=", "QUFBQUFBQUFB"])).toEqual([
      "QQ==",
      "QUE=",
      "QUFB",
    ]);
  });
});

const reading = (fields: Fields) => objectReader(fields);

describe("an object", () => {
  test("only declared fields are copied, at every depth", () => {
    const read = reading({ a: text(""), b: list(object({ c: text("") }), "") });
    expect(read({ a: "1", x: 2, b: [{ c: "3", y: 4 }] })).toEqual({ a: "1", b: [{ c: "3" }] });
  });

  test("fields come out in the order of the declaration", () => {
    expect(JSON.stringify(reading({ a: text(""), b: text("") })({ b: "2", a: "1" }))).toBe('{"a":"1","b":"2"}');
  });

  test("what comes out is a copy", () => {
    const value = { b: [{ c: "3" }] };
    const copy = reading({ b: list(object({ c: text("") }), "") })(value) as typeof value;
    expect(copy).not.toBe(value);
    expect(copy.b).not.toBe(value.b);
    expect(copy.b[0]).not.toBe(value.b[0]);
  });

  test("__proto__ stays behind and changes no prototype", () => {
    const read = reading({ a: object({ b: optional(text("")) }) });
    const copy = read(JSON.parse('{"__proto__":{"x":1},"a":{"__proto__":{"b":"no"}}}')) as { a: object };
    expect(copy).toEqual({ a: {} });
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(copy.a)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test("a field that its object only inherits is absent", () => {
    const value: unknown = Object.create({ a: "inherited" });
    expect(reading({ a: optional(text("")) })(value)).toEqual({});
    expect(reading({ a: text("") })(value)).toBe(MISFIT);
  });

  test("a needed field must be there and fit, an optional one must fit", () => {
    expect(reading({ a: text("") })({})).toBe(MISFIT);
    expect(reading({ a: text("") })({ a: 1 })).toBe(MISFIT);
    expect(reading({ a: optional(text("")) })({})).toEqual({});
    for (const a of [1, null]) expect(reading({ a: optional(text("")) })({ a })).toBe(MISFIT);
  });

  test("a loose field that does not fit is left out", () => {
    const read = reading({ a: loose(text("", 3)) });
    expect(read({ a: "abc" })).toEqual({ a: "abc" });
    for (const a of ["abcd", 1, null, [], {}]) expect(read({ a })).toEqual({});
  });
});

test("GUIDs and addresses come out in canonical form, within a choice too", () => {
  const read = reading({ id: channelId, at: address, near: nearEnd });
  expect(read({ id: "0F8FAD5B-D9CB-469F-A165-70867728950E", at: "[2001:DB8::0]:1", near: "[::FFFF:1.2.3.4]:5" })).toEqual({
    id: "0f8fad5b-d9cb-469f-a165-70867728950e",
    at: "[2001:db8::]:1",
    near: "1.2.3.4:5",
  });
  expect(read({ id: "0F8FAD5B-D9CB-469F-A165-70867728950E", at: "1.2.3.4:1", near: 5 })).toMatchObject({ near: 5 });
});

test("an opaque value is handed on as it came", () => {
  const value = { a: "\ud800", x: [1] };
  expect(readerOf(opaque({ a: text("") }, ""))(value)).toBe(value);
  expect(readerOf(opaque({ a: text("") }, ""))({ x: 1 })).toBe(MISFIT);
});

describe("half a character", () => {
  const read = reading({
    ptp: extension({ a: optional(text("")), b: optional(list(text(""), "")), c: loose(text("")), d: optional(object({ e: text("") })) }),
    t: optional(text("")),
    ptp2: extension({ a: optional(text("")) }),
  });

  test("is refused in an extension, also within lists, objects and loose fields of it", () => {
    for (const ptp of [{ a: "\ud800" }, { b: ["x", "\udfff"] }, { c: "\ud83dx" }, { d: { e: "\udc00" } }])
      expect(read({ ptp }), JSON.stringify(ptp)).toBe(LONE_SURROGATE);
  });

  test("is shown as U+FFFD elsewhere", () => {
    expect(read({ ptp: { a: "😀" }, t: "\ud800" })).toEqual({ ptp: { a: "😀" }, t: "\ufffd" });
  });

  test("counts after what does not fit, wherever that stands", () => {
    expect(read({ ptp: { a: "\ud800" }, t: 1 })).toBe(MISFIT);
    expect(read({ ptp: { b: ["\ud800", 1] } })).toBe(MISFIT);
    expect(read({ ptp: { a: "\ud800" }, ptp2: { a: 1 } })).toBe(MISFIT);
  });
});

describe("wellFormed", () => {
  test.each([
    ["", ""],
    ["abc", "abc"],
    ["größe 😀", "größe 😀"],
    ["\ud800", "\ufffd"],
    ["\udc00", "\ufffd"],
    ["a\ud83d", "a\ufffd"],
    ["\ude00\ud83d", "\ufffd\ufffd"],
    ["\ud83d\ud83d\ude00\ude00", "\ufffd😀\ufffd"],
  ])("%j", (text, shown) => {
    expect(wellFormed(text)).toBe(shown);
  });
});
