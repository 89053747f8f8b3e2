import { describe, expect, test } from "vitest";
import { safeJson, safeLines, safeText } from "../../../src/faces/shared/safe-text.ts";

/** What a terminal could obey, or a reader be fooled by. */
function dangers(): number[] {
  const ranges = [
    [0, 0x1f],
    [0x7f, 0x9f],
    [0x61c, 0x61c],
    [0x200b, 0x200b],
    [0x200e, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x2064],
    [0x2066, 0x206f],
    [0xfeff, 0xfeff],
    [0xd800, 0xdfff],
    [0xe0000, 0xe007f],
  ] as const;
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
}
const HARMFUL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

describe("text from elsewhere on a terminal", () => {
  test("no control character, direction mark, separator or invisible sign gets through, at any place", () => {
    for (const code of dangers()) {
      const character = String.fromCodePoint(code);
      for (const text of [character, `a${character}`, `${character}b`, `a${character}b`]) {
        expect(safeText(text), `U+${code.toString(16)}`).not.toMatch(HARMFUL);
        expect(safeText(text).length, "it is shown, not removed").toBeGreaterThan(text.length - character.length);
      }
    }
  });

  test("shows what was there", () => {
    expect(safeText("\u001b[2J\u0007")).toBe("␛[2J␇");
    expect(safeText("\u009b31m")).toBe("<U+009B>31m");
    expect(safeText("user\u202etxt.exe")).toBe("user<U+202E>txt.exe");
    expect(safeText("\ud800")).toBe("\ufffd");
    expect(safeText("\u007f")).toBe("␡");
  });

  test("leaves letters of all scripts, emoji and what joins them as they are", () => {
    for (const text of ["Grüße", "שלום", "سلام", "नमस्ते", "می‌خواهم", "👩‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "漢字", "a\u0301"])
      expect(safeText(text)).toBe(text);
  });

  test("hides no text in tag characters that belong to no flag", () => {
    expect(safeText("x\u{e0061}\u{e0062}")).toBe("x<U+E0061><U+E0062>");
  });

  test("is split into lines wherever a terminal would", () => {
    expect(safeLines("a\nb\r\nc\rd\te")).toEqual(["a", "b", "c", "d  e"]);
    expect(safeLines("a\u001b\nb")).toEqual(["a␛", "b"]);
  });

  test("as JSON is the same data, in one line and harmless", () => {
    const object = {
      text: dangers()
        .map((code) => String.fromCodePoint(code))
        .join("x"),
    };
    const json = safeJson(object);
    expect(json).not.toMatch(HARMFUL);
    expect(JSON.parse(json)).toEqual(object);
  });
});
