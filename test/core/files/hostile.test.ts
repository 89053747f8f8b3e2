/** A node with keys of its own says of files what it likes: nothing is given that should not be, and nothing grows. */
import { beforeEach, describe, expect, test } from "vitest";
import { BLOCK_HEAD_BYTES, type Guid, writeBlockHead } from "../../../src/wire/index.ts";
import { Insider } from "../routing/insider.ts";
import { say } from "../said.ts";
import { A, full } from "../session/full.ts";
import { type Host, World } from "../world.ts";
import { type SealedFile, sealedFile } from "./sealed-file.ts";

const LOBBY = "69f4d030-8919-8abf-a2be-9c3b4f5a4c98" as Guid;
const BULK = 2;

let world: World;
let host: Host;
let insider: Insider;
let file: SealedFile;
let reads: number;

beforeEach(() => {
  world = new World();
  host = full(world, A, 1);
  host.command({ kind: "join", channelId: LOBBY, name: "lobby", at: [] });
  file = sealedFile(4_096 * 100);
  for (const [part, bytes] of file.parts) host.blocks.set(`${file.root} ${part}`, bytes);
  host.command({ kind: "hold-file", root: file.root, shape: file.shape, channelId: LOBBY });
  reads = 0;
  host.alters = (bytes) => {
    reads++;
    return bytes;
  };
  insider = new Insider(world, "203.0.113.66:4000", host, 66);
});

const blocks = (more: object) => say("CHANNEL", { channel_id: LOBBY, ptp: { blocks: { root: file.root, level: 0, ...more } } });
const range = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at);
const enter = () => {
  insider.say(say("JOIN", { channel_id: LOBBY }));
  world.run(300);
};

describe("who asks for blocks", () => {
  test("and is not in the channel gets none", () => {
    insider.say(blocks({ want: range(0, 10) }));
    world.run(500);
    expect(host.dropped("not-a-member")).toBe(1);
    expect(reads).toBe(0);
  });

  test("for more than waits for one neighbour is counted, and the disk reads no faster than the session takes it", () => {
    enter();
    for (let times = 0; times < 50; times++) insider.say(blocks({ want: range(0, 64) }));
    world.run(100);
    expect(host.dropped("busy")).toBeGreaterThan(2_900);
    expect(reads, "nothing is acknowledged: what waits in the session is as much as may").toBeLessThanOrEqual(64 + 8);
  });

  test("for large ones that it does not take has a few of them read, and no more", () => {
    const large = sealedFile(262_144 * 64, 262_144, 3);
    for (const [part, bytes] of large.parts) host.blocks.set(`${large.root} ${part}`, bytes);
    host.command({ kind: "hold-file", root: large.root, shape: large.shape, channelId: LOBBY });
    enter();
    insider.say(blocks({ root: large.root, want: range(0, 64) }));
    world.run(1_000);
    expect(reads).toBeGreaterThan(2);
    expect(reads).toBeLessThanOrEqual(8);
  });

  test("for numbers that the file does not have gets nothing, for a list or a level that is none neither", () => {
    enter();
    insider.say(blocks({ want: [100, 4_294_967_295] }));
    insider.say(blocks({ level: 1, want: [1] }));
    insider.say(blocks({ level: 2, want: [0] }));
    world.run(500);
    expect(reads).toBe(0);
    expect(host.dropped("busy")).toBe(4);
    insider.say(blocks({ level: 3, want: [0] }));
    insider.say(blocks({ want: [-1] }));
    insider.say(blocks({ want: range(0, 65) }));
    insider.say(blocks({ root: "no root", want: [0] }));
    world.run(500);
    expect(host.dropped("bad-data")).toBe(4);
  });

  test("for a file that is not here, and for one of another channel, hears the same", () => {
    enter();
    const other = sealedFile(4_096, 4_096, 9);
    for (const [part, bytes] of other.parts) host.blocks.set(`${other.root} ${part}`, bytes);
    host.command({ kind: "hold-file", root: other.root, shape: other.shape, channelId: "11111111-2222-8333-8444-555555555555" as Guid });
    insider.say(blocks({ root: "ab".repeat(32), want: [0] }));
    insider.say(blocks({ root: other.root, want: [0] }));
    world.run(500);
    expect(reads, "nor takes one longer than the other").toBe(0);
    const answers = insider.heard("CHANNEL").flatMap(({ ptp }) => (ptp?.blocks === undefined ? [] : [ptp.blocks]));
    expect(answers.slice(0, 2), "what follows is said again").toEqual([
      { root: "ab".repeat(32), level: 0, lacking: [0] },
      { root: other.root, level: 0, lacking: [0] },
    ]);
  });
});

describe("who brings blocks", () => {
  const message = (level: number, index: number, root: string, length: number) => {
    const bytes = new Uint8Array(BLOCK_HEAD_BYTES + length);
    writeBlockHead(bytes, level, index, root);
    return bytes;
  };

  test("that nobody asked for, or that are none, is counted, and nothing is kept", () => {
    enter();
    const wanted = sealedFile(4_096 * 3, 4_096, 5);
    host.command({ kind: "fetch-file", root: wanted.root, shape: wanted.shape, channelId: LOBBY, have: new Uint8Array(0) });
    world.run(500);
    const before = host.blocks.size;
    let seq = 0;
    const bring = (bytes: Uint8Array) => insider.sayBytes(bytes, BULK, seq++);
    bring(message(0, 0, wanted.root, 100)); // blocks are not asked for yet
    bring(message(1, 1, wanted.root, 100)); // there is no such list
    bring(message(0, 0, "ab".repeat(32), 100));
    expect(host.dropped("stray-block")).toBe(3);
    bring(message(0, 0, wanted.root, 100).subarray(0, 20));
    bring(message(7, 0, wanted.root, 100));
    bring(message(0, 0, wanted.root, 0));
    expect(host.dropped("bad-data")).toBe(3);
    bring(message(1, 0, wanted.root, 96)); // asked for, and not true
    expect(host.dropped("bad-block")).toBe(1);
    bring(message(1, 0, wanted.root, 96));
    expect(host.dropped("stray-block"), "it is not asked any more").toBe(4);
    world.run(1_000);
    expect(host.blocks.size).toBe(before);
    expect(host.fetched.size).toBe(0);
  });

  test("whatever bytes they are, the node lives on", () => {
    enter();
    host.command({
      kind: "fetch-file",
      root: "cd".repeat(32),
      shape: { size: 2 ** 40, blockBytes: 262_144 },
      channelId: LOBBY,
      have: new Uint8Array(0),
    });
    for (let seq = 0; seq < 2_000; seq++) {
      const bytes = Uint8Array.from({ length: 1 + (world.chance() % 200) }, () => world.chance());
      bytes[0] = 0xb1;
      insider.sayBytes(bytes, BULK, seq);
      if (seq % 50 === 0) world.run(20);
    }
    expect(host.dropped("bad-data") + host.dropped("stray-block")).toBe(2_000);
    insider.say(say("MESSAGE", { channel_id: LOBBY, message: "still there?" }));
    world.run(100);
    expect(host.blocks.size).toBe(file.parts.size);
  });
});
