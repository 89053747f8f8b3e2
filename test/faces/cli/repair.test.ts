/** `ptpchat repair`, in words and as JSON. */
import { expect, test } from "vitest";
import { BOB, LOBBY } from "../fake-node.ts";
import { run } from "./captured.ts";

test("says what is kept, where the damaged file is, and what of whom is missing", async () => {
  const { code, out, keys, node } = await run(["repair", "--passphrase-file", "/run/secret"], { running: false });
  expect({ code, calls: node.calls, asked: keys.calls }).toEqual({ code: 0, calls: [], asked: [["repair", "/run/secret"]] });
  for (const words of [
    "2 of 70 pages damaged",
    "/home/ada/store.db.damaged-2026",
    "290 signed events, 1 text",
    "10 events of @bob in #lobby missing",
  ])
    expect(out).toContain(words);
});

test("prints one object with --json", async () => {
  const { out } = await run(["repair", "--json"], { running: false });
  expect(JSON.parse(out)).toEqual({
    damaged: true,
    pages: 70,
    damaged_pages: 2,
    events: 290,
    texts: 1,
    unproved: 3,
    channels: 2,
    contacts: 1,
    lost: [{ channel_id: LOBBY, channel: "lobby", node_id: BOB, name: "@bob", count: 10 }],
    kept_as: "/home/ada/store.db.damaged-2026",
  });
});
