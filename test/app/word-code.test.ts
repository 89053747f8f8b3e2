/** Word codes as people say and type them. */
import { describe, expect, test } from "vitest";
import { CODE_WORDS } from "../../src/app/code-word-list.ts";
import { readCode } from "../../src/app/code-words.ts";
import { codeText, newWordCode, parseWordCode, slotOf } from "../../src/app/word-code.ts";
import { isInvite } from "../../src/faces/shared/invite-words.ts";
import { INVITE } from "../vectors/invite.ts";

test("the list has 2,048 words in order, which four letters tell apart", () => {
  expect(CODE_WORDS).toHaveLength(2_048);
  expect(CODE_WORDS.toSorted()).toEqual(CODE_WORDS);
  expect(new Set(CODE_WORDS.map((word) => word.slice(0, 4))).size).toBe(2_048);
  expect(CODE_WORDS.filter((word) => !/^[a-z]{3,8}$/.test(word))).toEqual([]);
});

describe("a code", () => {
  test("is read however its words are written, whole or their first four letters", () => {
    const code = { words: "able-about-above-absent", place: null };
    for (const text of ["able-about-above-absent", "  Able about ABOVE absent ", "able, abou. abov - abse"])
      expect(parseWordCode(text)).toEqual(code);
    expect(parseWordCode("able about above absent @ chat.example.org:7667")).toEqual({ ...code, place: "chat.example.org:7667" });
  });

  test("that is new comes back as it is written, with its place; no two are alike", () => {
    const codes = Array.from({ length: 50 }, () => newWordCode("[2001:db8::1]:7667"));
    for (const code of codes) expect(parseWordCode(codeText(code))).toEqual(code);
    expect(new Set(codes.map(({ words }) => words)).size).toBe(50);
  });

  test.each([
    ["able-about-above", "4 words, and this has 3"],
    ["able-about-above-absent-able", "4 words, and this has 5"],
    ["able-about-above-abzent", "abzent"],
    ["able-about-above-abs", "abs"],
    ["", "this has 0"],
  ])("%j is none, and it is said why", (text, words) => {
    expect(readCode(text)).toBeNull();
    expect(() => parseWordCode(text)).toThrow(expect.objectContaining({ code: "bad-invite", message: expect.stringContaining(words) }));
  });

  test("has another meeting point for each purpose, made of its first word alone", () => {
    const code = { words: INVITE.code.words, place: null };
    expect([slotOf("invite", code), slotOf("contact", code)]).toEqual([INVITE.code.slot_invite, INVITE.code.slot_contact]);
    expect(slotOf("invite", { ...code, words: "able-zoo-zoo-zoo" })).toBe(INVITE.code.slot_invite);
    expect(slotOf("invite", { ...code, words: "zoo-about-above-absent" })).not.toBe(INVITE.code.slot_invite);
  });

  test("is told from a channel: that may be called by any words, and with # by these", async () => {
    const told = await Promise.all(
      ["able-about-above-absent", "ptpchat:1/AAAA", "#able-about-above-absent", "lobby", "a-b-c-d"].map(isInvite),
    );
    expect(told).toEqual([true, true, false, false, false]);
  });
});
