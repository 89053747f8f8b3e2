/** `ptpchat files`: what is asked of the node, and what is shown of the answers. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { progressWords, sizeWords } from "../../../src/faces/shared/file-words.ts";
import { DID, FakeNode, FILE, LOBBY } from "../fake-node.ts";
import { run } from "./captured.ts";

const SHORT = "3f2a91bc";
const here = (path: string) => join(process.cwd(), path);
const ref = expect.any(Number);

test.each([
  [["files", "send", "lobby", "photo.png"], "sendFile", { channel: "#lobby", path: here("photo.png"), ref }],
  [
    ["files", "send", "lobby", "/tmp/x", "--text", "look", "--wait", "delivered", "--timeout", "5"],
    "sendFile",
    { channel: "#lobby", path: "/tmp/x", text: "look", wait: "delivered", timeoutMs: 5_000, ref },
  ],
  [["files", "get", SHORT], "getFile", { id: SHORT, to: process.cwd(), ref }],
  [["files", "get", SHORT, "--to", "sub/name.png"], "getFile", { id: SHORT, to: here("sub/name.png"), ref }],
  [["files", "list"], "files", {}],
  [["files", "list", "lobby"], "files", { channel: "#lobby" }],
  [["files", "drop", SHORT], "dropFile", { id: SHORT }],
  [["files", "keep"], "keepFiles", {}],
  [["files", "keep", "2GB"], "keepFiles", { keepBytes: 2_000_000_000 }],
  [["files", "keep", "0"], "keepFiles", { keepBytes: 0 }],
] as const)("%j asks for that", async (argv, method, request) => {
  const { code, node } = await run(argv);
  expect([code, node.asked(method)]).toEqual([0, [request]]);
});

test.each([
  [["files"]],
  [["files", "sned", "lobby", "x"]],
  [["files", "send", "lobby"]],
  [["files", "get"]],
  [["files", "list", "a", "b"]],
  [["files", "keep", "30d"]],
  [["files", "send", "lobby", "x", "--wait", "held"]],
])("%j is wrong usage", async (argv) => {
  expect((await run(argv)).code).toBe(2);
});

test("what was done is printed, for people and as JSON", async () => {
  const fields = { name: "photo.png", size: 2_100_000, type: "image/png", width: 640, height: 480, preview: null };
  const json = async (...argv: string[]) => JSON.parse((await run(["files", ...argv, "--json"])).out);
  expect(await json("send", "lobby", "/x/photo.png")).toEqual({ id: DID, channel_id: LOBBY, state: "saved", ...fields });
  const got = { size: 2_100_000, type: "image/png", width: 640, height: 480, ms: 1_500, kept: true };
  expect(await json("get", SHORT, "--to", "/x")).toEqual({ id: SHORT, path: "/x/photo.png", ...got });
  expect(await run(["files", "get", SHORT, "--to", "/x"])).toMatchObject({ out: "/x/photo.png\n", err: "image/png, 640 x 480\n" });
  expect(await json("list")).toMatchObject({
    id: DID,
    channel: "#lobby",
    author_name: "bob~0BRW",
    ...fields,
    state: "part",
    here_bytes: 1_000_000,
  });
  expect(await json("drop", SHORT)).toEqual({ id: SHORT, freed_bytes: 2_100_000 });
  expect(await json("keep", "0")).toEqual({ keep_bytes: 0, others_bytes: 2_100_000, own_bytes: 0 });
  expect((await run(["files", "send", "lobby", "/x/photo.png"])).out).toBe(`${DID}\n`);
  expect((await run(["files", "list"])).out).toMatch(/47 % +2\.1 MB +photo\.png \(image\/png, 640 x 480\)/);
  expect((await run(["files", "keep"])).out).toContain("at most 1.1 GB");
});

test("a name from elsewhere does nothing to the terminal, and who gives nothing on is told", async () => {
  const evil = { ...FILE, name: "\u001b[2Jx\u202e.png" };
  const node = new FakeNode({
    files: async () => [
      {
        ...evil,
        id: DID,
        channelId: LOBBY,
        channel: "#lobby",
        author: "x",
        authorName: "x",
        own: false,
        at: 0,
        state: "none",
        hereBytes: 0,
      },
    ],
    getFile: async ({ id }) => ({ id, path: "/x/\u001b[2J", size: 1, type: "text/plain", pixels: null, ms: 1, kept: false }),
  });
  expect((await run(["files", "list"], { node })).out).not.toMatch(/\u001b|\u202e/);
  const got = await run(["files", "get", SHORT], { node });
  expect(got.out).toBe("/x/␛[2J\n");
  expect(got.err).toContain("ptpchat files keep");
});

test.each([
  [
    { doneBytes: 31_000_000, size: 100_000_000, bytesPerSecond: 8_100_000, leftMs: 8_500, givers: 1 },
    "31.0 MB of 100 MB, 31 %, 8.1 MB/s, 9 s left",
  ],
  [{ doneBytes: 0, size: 10, bytesPerSecond: null, leftMs: null, givers: 0 }, "0 bytes of 10 bytes, 0 %"],
  [
    { doneBytes: 5, size: 10, bytesPerSecond: 1, leftMs: 5_000, givers: 3 },
    "5 bytes of 10 bytes, 50 %, 1 byte/s, 5 s left, from 3 members",
  ],
  [
    { state: "waiting", doneBytes: 5, size: 10, bytesPerSecond: 0, leftMs: null, givers: 0 },
    "5 bytes of 10 bytes, 50 %, nobody who has it is here: waiting",
  ],
  [{ doneBytes: 0, size: 0, bytesPerSecond: 1, leftMs: 0, givers: 1 }, "0 bytes of 0 bytes, 100 %, 1 byte/s, 0 ms left"],
] as const)("progress %j reads %j", (told, words) => {
  expect(progressWords({ type: "file", id: DID, ref: 1, name: "x", state: "fetching", ...told })).toBe(`x: ${words}`);
});

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1_000, "1.0 kB"],
  [2_100_000, "2.1 MB"],
  [99_949_999, "99.9 MB"],
  [99_950_000, "100 MB"],
  [999_499_999, "999 MB"],
  [999_500_000, "1.0 GB"],
  [2 ** 40, "1.1 TB"],
])("%d bytes are %s", (bytes, words) => {
  expect(sizeWords(bytes)).toBe(words);
});
