/** What a newcomer reads of how it stands with what was said before it came. */
import { expect, test } from "vitest";
import { pastLines } from "../../../src/faces/shared/warning-words.ts";

const bobs = { author: "B", name: "bob~0BRW", count: 12, deleted: 0, asked: 2, state: "waiting" } as const;
const adas = { ...bobs, author: "A", name: "ada~3F2A", count: 3 } as const;

test("while members are asked it says of how much, whoever wrote it", () => {
  const all = [bobs, adas].map((each) => ({ ...each, state: "asking" }) as const);
  expect(pastLines(all, "#attic")).toEqual([
    "asking the members of #attic for the keys of what was said before you came: 15 messages so far",
  ]);
});

test("what nobody has a key of any more is said, of whom, with who was asked and what may still come", () => {
  const [first, second] = pastLines([bobs, { ...adas, count: 1 }], "#attic");
  expect(first).toBe(
    "12 messages of bob~0BRW in #attic from before you came are still sealed: asked 2 members, and no one has the keys any more. Others are asked when they are here",
  );
  expect(second).toContain("1 message of ada~3F2A in #attic from before you came is still sealed");
  expect(pastLines([{ ...bobs, asked: 0 }], "#attic")[0]).toContain("nobody who is here could be asked for the keys yet");
  expect(pastLines([{ ...bobs, state: "over" }], "#attic")[0]).toContain("an owner or admin can give it to you anew");
});

test("where nothing is closed but what was deleted, all is here", () => {
  const done = ["all that was said in #attic before you came is here"];
  expect(pastLines([], "#attic")).toEqual(done);
  expect(pastLines([{ ...bobs, deleted: 12 }], "#attic")).toEqual(done);
});
