/** Files in the chat: how one that is announced looks, sending and getting, and a line now and then about how far it has come. */
import { homedir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { type Api, ApiError } from "../../../src/app/api.ts";
import { chat } from "../../../src/faces/line/index.ts";
import type { EventOf } from "../../../src/faces/shared/door.ts";
import { BOB, DID, doorsTo, entry, FakeNode, FILE } from "../fake-node.ts";
import { FakeClock } from "./fake-clock.ts";

const OPTIONS = { home: undefined, listen: undefined, peers: [], name: undefined, passphraseFile: undefined, caFile: undefined };

async function talking(answers: Partial<Api> = {}) {
  const node = new FakeNode({
    history: async () => [
      entry({ id: DID, kind: "file", author: BOB, authorName: "bob~0BRW", text: "photo.png, 2.1 MB", verified: true, file: FILE }),
    ],
    ...answers,
  });
  const clock = new FakeClock();
  const [input, output] = [new PassThrough(), new PassThrough()];
  let shown = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  const code = chat(
    { ...OPTIONS, compatNodeId: false, rendezvous: false },
    { input, output, terminal: false, colour: false },
    doorsTo(node),
    clock,
  );
  onTestFinished(async () => {
    input.end();
    await code;
  });
  const shows = (words: string) => expect.poll(() => shown, { message: `to show ${words}` }).toContain(words);
  await shows("you are in #lobby");
  return { node, clock, shows, shown: () => shown, type: (line: string) => input.write(`${line}\n`) };
}

const progress = (ref: number, changes: Partial<EventOf<"file">> = {}): EventOf<"file"> => ({
  ...{ type: "file", id: DID, ref, name: "photo.png", state: "fetching", doneBytes: 1_000_000, size: 2_100_000 },
  ...{ bytesPerSecond: 500_000, leftMs: 2_200, givers: 1 },
  ...changes,
});

test("a file stands with its kind, and with what gets it", async () => {
  const { shown } = await talking();
  expect(shown()).toContain("bob~0BRW: photo.png, 2.1 MB\n      = image/png, 640 x 480: /get fedcba98\n");
});

test("/send and /get name files as a shell does", async () => {
  const { node, type, shows } = await talking();
  type("/send ~/my photo.png");
  await expect
    .poll(() => node.asked("sendFile"))
    .toEqual([{ channel: "#lobby", path: join(homedir(), "my photo.png"), ref: expect.any(Number) }]);
  type("/get fedcba98");
  await shows(`it is here: ${process.cwd()}/photo.png (image/png, 640 x 480)`);
  type("/get fedcba98 /my files/x.png");
  await shows("it is here: /my files/x.png/photo.png");
  expect(node.asked("getFile")).toMatchObject([{ to: process.cwd() }, { to: "/my files/x.png" }]);
  type("/send");
  await shows("/send wants a file");
  type("/get");
  await shows("/get wants a file");
});

test("how far one's own has come is a line every few seconds, and what went wrong is said", async () => {
  let refuse: (error: Error) => void = () => {};
  const { node, clock, type, shows, shown } = await talking({ getFile: () => new Promise((_, reject) => (refuse = reject)) });
  type("/get fedcba98");
  await expect.poll(() => node.asked("getFile")).toHaveLength(1);
  const { ref } = node.asked("getFile")[0] as { ref: number };
  node.emit(progress(ref));
  clock.pass(1_000);
  node.emit(progress(ref + 1, { name: "another's" }));
  node.emit(progress(ref));
  node.emit(progress(ref, { doneBytes: 1_100_000 }));
  await shows("-- photo.png: 1.0 MB of 2.1 MB, 47 %, 500 kB/s, 2 s left");
  clock.pass(5_000);
  node.emit(progress(ref, { state: "waiting" }));
  await shows("nobody who has it is here: waiting");
  expect(shown()).not.toContain("another's");
  expect(shown()).not.toContain("1.1 MB of");
  node.emit(progress(ref, { state: "failed", reason: "ENOSPC" }));
  await shows("photo.png: the disk is full");
  refuse(new ApiError("disk-full", "the disk that holds /x is full: free some space"));
  await shows("not done: the disk that holds /x is full");
});

test("who quits does not wait for a file", async () => {
  const { node, type } = await talking({ getFile: () => new Promise(() => {}) });
  type("/get fedcba98");
  await expect.poll(() => node.asked("getFile")).toHaveLength(1);
  type("/quit");
  await expect.poll(() => node.closed).toBe(1);
});
