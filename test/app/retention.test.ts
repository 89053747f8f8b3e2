/** Quotas: the oldest goes, visibly, is not fetched again, and comes back when more is kept. */
import { describe, expect, test, vi } from "vitest";
import type { RunningNode } from "../../src/app/index.ts";
import { keepsMore, parseQuota, quotaText } from "../../src/app/quota.ts";
import { directory, pairIn, running } from "./running.ts";

vi.setConfig({ testTimeout: 30_000 });

const LOBBY = { channel: "#lobby" };
const LONG = "x".repeat(3_000);

async function say(node: RunningNode, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) await node.send({ ...LOBBY, text: `${n} ${LONG}` });
}

const history = async (node: RunningNode) => await node.history({ ...LOBBY, most: 200 });
const numbers = async (node: RunningNode) =>
  (await history(node)).flatMap(({ kind, text }) => (kind === "post" ? [Number.parseInt(text, 10)] : []));
const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

test("what is too much goes, the oldest first, says so in the history, and is asked of nobody again", async () => {
  const home = directory();
  const a = await running({ home });
  const b = await running({ peers: [a.udp] });
  await pairIn("#lobby", a, b);
  await say(b, 1, 30);
  await vi.waitFor(async () => expect(await numbers(a)).toEqual(run(1, 30)), 10_000);
  const keeping = await a.keep({ ...LOBBY, keep: "100KB" });
  expect(keeping).toMatchObject({ channel: "#lobby", keep: "100KB", isOwn: true, entries: 14, dropped: 16 });
  expect(keeping.bytes).toBeLessThanOrEqual(100_000);
  const [mark, ...rest] = await history(a);
  expect(mark).toMatchObject({
    id: "",
    kind: "dropped",
    count: 16,
    text: expect.stringMatching(/^16 messages before .* were dropped here to keep the quota$/),
  });
  expect(rest).toHaveLength(14);
  expect(
    (await a.history({ ...LOBBY, most: 5 })).map(({ kind }) => kind),
    "not where older ones are left",
  ).not.toContain("dropped");
  expect((await a.history({ ...LOBBY, since: rest[3]?.id ?? "" })).map(({ kind }) => kind)).not.toContain("dropped");

  await say(b, 31, 31);
  await vi.waitFor(async () => expect(await numbers(a)).toEqual(run(17, 31)), 10_000);
  expect(await numbers(b)).toEqual(run(1, 31));
  const udp = a.udp;
  await a.stop();
  const again = await running({ home, listen: udp });
  await vi.waitFor(async () => expect((await again.members(LOBBY)).map(({ state }) => state)).toEqual(["live"]), 10_000);
  await say(b, 32, 32);
  await vi.waitFor(async () => expect((await numbers(again)).at(-1)).toBe(32), 10_000);
  expect((await numbers(again))[0]).toBeGreaterThanOrEqual(17);
  expect((await again.keep(LOBBY)).dropped).toBeGreaterThanOrEqual(16);

  expect(await again.keep({ ...LOBBY, keep: "all" })).toMatchObject({ keep: "all", dropped: 0, droppedUpTo: null });
  await vi.waitFor(async () => expect(await numbers(again)).toEqual(run(1, 32)), 15_000);
  expect((await history(again)).map(({ kind }) => kind)).not.toContain("dropped");
});

test("own posts go as well, and the log goes on", async () => {
  const node = await running();
  await node.join(LOBBY);
  await say(node, 1, 30);
  await node.keep({ ...LOBBY, keep: "100KB" });
  await say(node, 31, 32);
  expect((await numbers(node)).slice(-2)).toEqual([31, 32]);
  expect((await node.keep(LOBBY)).dropped).toBe(16);
});

test("a quota of all channels holds where a channel has none of its own", async () => {
  const node = await running({ keep: "1GB" });
  await node.join(LOBBY);
  await say(node, 1, 30);
  expect(await node.keep({})).toMatchObject({ channel: null, keep: "1GB" });
  expect(await node.keep(LOBBY)).toMatchObject({ keep: "1GB", isOwn: false, dropped: 0 });
  await node.keep({ ...LOBBY, keep: "all" });
  await node.keep({ keep: "100KB" });
  expect(await numbers(node)).toHaveLength(30);
  expect(await node.keep({ ...LOBBY, keep: "default" })).toMatchObject({ keep: "100KB", isOwn: false, dropped: 16 });
});

test("days are counted by the time that a message bears", async () => {
  const node = await running();
  await node.join(LOBBY);
  await say(node, 1, 3);
  vi.useFakeTimers({ now: Date.now() + 8 * 86_400_000, toFake: ["Date"] });
  try {
    expect(await node.keep({ ...LOBBY, keep: "9d" })).toMatchObject({ dropped: 0 });
    expect(await node.keep({ ...LOBBY, keep: "7d" })).toMatchObject({ keep: "7d", dropped: 3 });
    expect(await numbers(node)).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

test("the door takes only quotas that mean something, of channels that one is in", async () => {
  const node = await running();
  await expect(node.keep(LOBBY)).rejects.toMatchObject({ code: "no-such-channel" });
  await node.join(LOBBY);
  for (const keep of ["", "5", "1KB", "0d", "-3d", "1.5GB", "99999999d", "much"])
    await expect(node.keep({ ...LOBBY, keep }), keep).rejects.toMatchObject({ code: "usage" });
});

describe("quotas", () => {
  test.each(["all", "100KB", "1500KB", "20MB", "3GB", "1TB", "1d", "365d"])("%s is written as it is read", (text) => {
    expect(quotaText(parseQuota(text))).toBe(text);
    expect(quotaText(parseQuota(` ${text.toLowerCase()} `))).toBe(text);
  });

  test.each([
    ["all", "1GB", true],
    ["1GB", "all", false],
    ["all", "all", false],
    ["1GB", "2GB", false],
    ["2GB", "1GB", true],
    ["30d", "7d", true],
    ["7d", "30d", false],
    ["1GB", "7d", true],
  ])("%s after %s keeps more: %s", (next, before, more) => {
    expect(keepsMore(parseQuota(next), parseQuota(before))).toBe(more);
  });
});
