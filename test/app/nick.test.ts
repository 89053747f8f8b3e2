import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainNick } from "../../src/app/nick.ts";

describe("a nick is shown", () => {
  test.each([
    ["as it is", "ada", "ada"],
    ["in any script", "Grüße", "Grüße"],
    ["with its emoji", "🌻bob", "🌻bob"],
    ["as one word", "  Ada  Lovelace\t2 ", "Ada_Lovelace_2"],
    ["without controls", "a\u001b[2Jb\u0000\u0085c", "a[2Jbc"],
    ["without a line's end", "a\r\nb", "a_b"],
    ["without direction marks", "a\u202eb\u2066c\u200fd", "abcd"],
    ["without what nobody sees", "a\u200b\u2060\u3164\u2800\u{e0041}b", "ab"],
    ["without the signs of other names", "@bob?~:<>", "bob"],
    ["without what looks like those signs", "\uff20bob\uff5e\uff1a", "bob"],
    ["without half characters", "a\ud800b", "ab"],
    ["with the marks of a letter, not with a pile of them", `e\u0301${"\u0300".repeat(50)}x`, "\u00e9\u0300\u0300\u0300x"],
    ["without marks that would fall on what stands before it", "\u0300\u0301a", "a"],
    ["cut when it is long", "x".repeat(64), `${"x".repeat(19)}…`],
    ["not at all when nothing of it can be", "\u200b \u202e", ""],
  ])("%s", (_, nick, shown) => {
    expect(plainNick(nick)).toBe(shown);
  });

  test("never with anything that a name or a line is taken apart by, nor longer than 20 letters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (nick) => {
        const plain = plainNick(nick);
        expect(plain).not.toMatch(/[\s@?~:<>\p{C}\p{Z}]/u);
        expect([...plain].length).toBeLessThanOrEqual(20);
        expect(plainNick(plain.replace(/…$/, ""))).toBe(plain.replace(/…$/, ""));
      }),
    );
  });
});
