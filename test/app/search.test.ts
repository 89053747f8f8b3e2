import { expect, test } from "vitest";
import { marksIn } from "../../src/app/search.ts";
import { running } from "./running.ts";

const LOBBY = { channel: "#lobby" };

test("what was said is found with what was said around it, in one channel or in all", async () => {
  const node = await running({ name: "ada" });
  await node.join(LOBBY);
  await node.join({ channel: "#garden" });
  for (const text of ["one", "Good Morning, everybody", "three"]) await node.send({ ...LOBBY, text });
  await node.send({ channel: "#garden", text: "good morning, garden" });
  const found = await node.search({ words: "good morn", context: 1 });
  expect(found.map(({ entry }) => [entry.channel, entry.text])).toEqual([
    ["#garden", "good morning, garden"],
    ["#lobby", "Good Morning, everybody"],
  ]);
  expect(found[1]).toMatchObject({
    marks: [
      [0, 4],
      [5, 12],
    ],
    before: [{ text: "one" }],
    after: [{ text: "three" }],
  });
  expect(found[0]).toMatchObject({ before: [], after: [] });
  expect(await node.search({ words: "good", ...LOBBY })).toHaveLength(1);
  expect(await node.search({ words: "good", most: 1 })).toHaveLength(1);
  expect(await node.search({ words: "nothing of the kind" })).toEqual([]);
  await expect(node.search({ words: "x".repeat(1_001) })).rejects.toMatchObject({ code: "usage" });
  await expect(node.search({ words: "x", context: 11 })).rejects.toMatchObject({ code: "usage" });
});

test.each([
  [
    "a quick fox, Quick!",
    "quick",
    [
      [2, 7],
      [13, 18],
    ],
  ],
  ["a quick fox", "quick fo", [[2, 7]]],
  [
    "a quick fox",
    "fox qui",
    [
      [2, 7],
      [8, 11],
    ],
  ],
  ["Grüße", "grus", []],
  [
    "Grüße 🌻 GRÜßE",
    "grü",
    [
      [0, 5],
      [9, 14],
    ],
  ],
  [
    "ab-cde",
    "ab-cde",
    [
      [0, 2],
      [3, 6],
    ],
  ],
  ["text", "", []],
])("in %j the words %j stand at %j", (text, words, marks) => {
  expect(marksIn(text, words)).toEqual(marks);
});

test("a message that was edited is found by the text that stands, and by no other", async () => {
  const node = await running({ name: "ada" });
  await node.join(LOBBY);
  const { id } = await node.send({ ...LOBBY, text: "meet me at noon" });
  await node.edit({ id, text: "meet me at midnight" });
  expect(await node.search({ words: "midnight" })).toMatchObject([{ entry: { id, text: "meet me at midnight" }, marks: [[11, 19]] }]);
  expect(await node.search({ words: "noon" })).toEqual([]);
  expect(await node.search({ words: "meet" })).toHaveLength(1);
  await node.edit({ id, text: "meet me at dawn" });
  expect(await node.search({ words: "midnight" })).toEqual([]);
  expect(await node.search({ words: "meet daw" })).toHaveLength(1);
});
