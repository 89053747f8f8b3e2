import { expect, test } from "vitest";
import { FakeNode } from "../fake-node.ts";
import { run } from "./captured.ts";

test("search marks the words, and shows what was said before and after where it is asked for", async () => {
  const { code, out, node } = await run(["search", "quick", "fox", "--channel", "lobby", "-n", "5", "--context", "1"]);
  expect(code).toBe(0);
  expect(node.asked("search")).toEqual([{ words: "quick fox", channel: "#lobby", most: 5, context: 1 }]);
  expect(out).toMatch(/^ {2}.* #lobby \?127\.0\.0\.1:7002: before\n> .* #lobby \?127\.0\.0\.1:7002: a \*quick\* fox, \*Quick\*!\n$/);
});

test("search --json prints an entry with its marks and its context", async () => {
  const { out } = await run(["search", "quick", "--json"]);
  expect(JSON.parse(out)).toMatchObject({
    text: "a quick fox, Quick!",
    marks: [
      [2, 7],
      [13, 18],
    ],
    before: [{ text: "before" }],
    after: [],
  });
});

test("search says when nothing was found", async () => {
  expect(await run(["search", "x"], { node: new FakeNode({ search: async () => [] }) })).toMatchObject({
    code: 0,
    out: "",
    err: "Nothing was found.\n",
  });
  expect(await run(["search", "x", "-n", "0"])).toMatchObject({ code: 2 });
});

test("keep shows and sets a quota", async () => {
  expect((await run(["keep", "lobby", "30d"])).node.asked("keep")).toEqual([{ channel: "#lobby", keep: "30d" }]);
  expect((await run(["keep", "--all", "1GB"])).node.asked("keep")).toEqual([{ keep: "1GB" }]);
  expect((await run(["keep", "lobby"])).out).toMatch(
    /^Of #lobby is kept: all\. It has 2 messages, about 0\.0 MB; 3 messages up to .* dropped to keep that\n$/,
  );
  expect(JSON.parse((await run(["keep", "lobby", "--json"])).out)).toMatchObject({
    channel: "#lobby",
    keep: "all",
    own: true,
    entries: 2,
    dropped: 3,
  });
  expect(await run(["keep", "lobby", "30d", "--all", "1GB"])).toMatchObject({ code: 2 });
});
