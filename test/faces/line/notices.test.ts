import { describe, expect, test } from "vitest";
import { NoticeFilter } from "../../../src/faces/line/notices.ts";
import type { Notice } from "../../../src/faces/line/presence.ts";

const notice = (peer: string, changes: Partial<Notice> = {}): Notice => ({
  peer,
  name: `${peer}~0000`,
  text: `${peer} is here`,
  matters: true,
  isEncrypted: true,
  ...changes,
});
const strangers = (count: number) => Array.from({ length: count }, (_, n) => notice(`n${n}`));

describe("smart notices", () => {
  test("show a few strangers, then say once that there are more", () => {
    const filter = new NoticeFilter();
    const shown = strangers(50).map((each) => filter.shown(each, 0));
    expect(shown.slice(0, 5)).toEqual(strangers(5).map(({ text }) => text));
    expect(shown.slice(5).filter((text) => text !== null)).toEqual([expect.stringContaining("/who")]);
  });

  test("show strangers again as time passes, and say again that there are more only after a calm", () => {
    const filter = new NoticeFilter();
    for (const each of strangers(50)) filter.shown(each, 0);
    expect(strangers(3).map((each) => filter.shown(each, 20_000))).toEqual(["n0 is here", null, null]);
    expect(strangers(7).map((each) => filter.shown(each, 200_000))[5]).toContain("/who");
  });

  test("show contacts and those who spoke lately, however many others there are", () => {
    const filter = new NoticeFilter();
    for (const each of strangers(50)) filter.shown(each, 0);
    filter.spoke("bob", 0);
    expect(filter.shown(notice("bob"), 900_000)).toBe("bob is here");
    expect(filter.shown(notice("ada", { name: "@ada" }), 0)).toBe("ada is here");
    for (const each of strangers(50)) filter.shown(each, 901_000);
    expect(filter.shown(notice("bob"), 901_000)).toBeNull();
  });

  test("show silences and returns only of contacts and of those who spoke lately", () => {
    const filter = new NoticeFilter();
    expect(filter.shown(notice("bob", { matters: false }), 0)).toBeNull();
    filter.spoke("bob", 0);
    expect(filter.shown(notice("bob", { matters: false }), 0)).toBe("bob is here");
  });
});

test("all shows each, none shows nobody", () => {
  const filter = new NoticeFilter();
  filter.mode = "all";
  expect(strangers(50).every((each) => filter.shown({ ...each, matters: false }, 0) === each.text)).toBe(true);
  filter.mode = "none";
  expect(filter.shown(notice("ada", { name: "@ada" }), 0)).toBeNull();
});

test("of very many who spoke, those who spoke last are remembered", () => {
  const filter = new NoticeFilter();
  for (let n = 0; n < 2_000; n++) filter.spoke(`n${n}`, n);
  expect(filter.shown(notice("n0", { matters: false }), 2_000)).toBeNull();
  expect(filter.shown(notice("n1999", { matters: false }), 2_000)).toBe("n1999 is here");
});
