/** Files of running nodes on loopback: what is kept, what goes to make room, and what a damaged disk or a lying author comes to. */
import { randomBytes } from "node:crypto";
import { mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { SharedFile } from "../../../src/app/api.ts";
import { postView } from "../../../src/app/entries.ts";
import type { NamedEvent, NodeOptions, RunningNode } from "../../../src/app/index.ts";
import { directory, pairIn, running } from "../running.ts";
import { decoded, photo, withExif } from "./images.ts";

vi.setConfig({ testTimeout: 60_000 });

const ROOM = { channel: "#files" };

interface Pair {
  readonly scratch: string;
  readonly a: RunningNode;
  readonly b: RunningNode;
}

async function pair(options: NodeOptions = {}): Promise<Pair> {
  const scratch = directory();
  const a = await running({ home: join(scratch, "a"), ...options });
  const b = await running({ home: join(scratch, "b"), peers: [a.udp] });
  await pairIn(ROOM.channel, a, b);
  return { scratch, a, b };
}

function fileOf({ scratch }: Pair, name: string, content: number | Uint8Array): string {
  const path = join(scratch, name);
  writeFileSync(path, typeof content === "number" ? randomBytes(content) : content);
  return path;
}

async function sent({ a, b }: Pair, path: string, text?: string): Promise<string> {
  const { id } = await a.sendFile({ ...ROOM, path, ...(text === undefined ? {} : { text }) });
  await vi.waitFor(async () => expect((await b.files(ROOM)).map((file) => file.id)).toContain(id), { timeout: 10_000, interval: 20 });
  return id;
}

const blocksOf = (home: string) =>
  join(home, "files", readdirSync(join(home, "files")).find((name) => name.length === 64) as string, "blocks");

test.each([0, 1, 4_096, 262_144, 262_145, 1_000_000])("a file of %d bytes comes as it is", async (size) => {
  const both = await pair();
  const path = fileOf(both, "some file.bin", size);
  const id = await sent(both, path, "look at this");
  const { path: got } = await both.b.getFile({ id, to: both.scratch });
  expect(got).toBe(join(both.scratch, "some file-2.bin"));
  expect(readFileSync(got).equals(readFileSync(path))).toBe(true);
  expect((await both.b.history(ROOM)).at(-1)).toMatchObject({
    kind: "file",
    text: expect.stringMatching(/^look at this\nsome file.bin, /),
    file: { size },
  });
});

test("progress is told with its rate, and to whoever asked by his number", async () => {
  const both = await pair();
  const id = await sent(both, fileOf(both, "some.bin", 20_000_000));
  const told: Extract<NamedEvent, { type: "file" }>[] = [];
  both.b.subscribe((event) => {
    if (event.type === "file") told.push(event);
  });
  await both.b.getFile({ id, to: join(both.scratch, "here.bin"), ref: 7 });
  expect(told.at(-1)).toMatchObject({
    id,
    ref: 7,
    name: "here.bin",
    state: "done",
    doneBytes: 20_000_000,
    path: join(both.scratch, "here.bin"),
  });
  expect(told.every(({ ref, size }) => ref === 7 && size === 20_000_000)).toBe(true);
});

test("an image comes with its width and height and a preview, a small one as it is; what cannot be decoded without", async () => {
  const told: { readonly what: string }[] = [];
  const both = await pair({ onLog: (entry) => told.push(entry) });
  const head = Buffer.from("89504e470d0a1a0a0000000d4948445200000280000001e00802000000", "hex");
  const tiny = await sent(both, fileOf(both, "tiny.png", new Uint8Array(head)));
  const larger = await sent(both, fileOf(both, "large.jpg", withExif(photo(1_600, 1_200), 6)));
  const broken = await sent(both, fileOf(both, "broken.png", new Uint8Array(Buffer.concat([head, randomBytes(20_000)]))));
  const files = await both.b.files(ROOM);
  const pixels = { width: 640, height: 480 };
  expect(files.find(({ id }) => id === tiny)).toMatchObject({ type: "image/png", pixels, preview: head.toString("base64") });
  const { preview, ...photographed } = files.find(({ id }) => id === larger) as SharedFile;
  expect(photographed).toMatchObject({ type: "image/jpeg", pixels: { width: 1_200, height: 1_600 } });
  expect(decoded(Buffer.from(preview as string, "base64"))).toMatchObject({ width: 192, height: 256 });
  expect(files.find(({ id }) => id === broken)).toMatchObject({ pixels, preview: null });
  expect(told.filter(({ what }) => what === "no-preview")).toMatchObject([{ why: "unreadable" }]);
});

test("what another announces as a preview and is none is not shown as one", () => {
  const file = { name: "x.png", type: "image/png", root: "", key: "", size: 1, blockBytes: 4_096, pixels: null };
  const shownWith = (preview: Uint8Array) => {
    const post = { kind: "file", text: "", edited: false, deletedBy: null, reactions: [], reply: null, ahead: false };
    return postView({ ...post, file: { ...file, preview: Buffer.from(preview).toString("base64") } } as never, null as never, "").file;
  };
  expect(shownWith(photo(64, 64, 40))?.preview).not.toBeNull();
  expect(shownWith(Buffer.from("<html>"))).toMatchObject({ name: "x.png", preview: null });
});

test("of others' files the ones not wanted for longest go to make room; one's own stay", async () => {
  const both = await pair();
  const ids: string[] = [];
  for (const name of ["1.bin", "2.bin", "3.bin"]) ids.push(await sent(both, fileOf(both, name, 500_000)));
  await both.b.keepFiles({ keepBytes: 1_100_000 });
  const kept = [];
  for (const id of ids) kept.push((await both.b.getFile({ id, to: both.scratch })).kept);
  expect(kept).toEqual([true, true, true]);
  expect((await both.b.files(ROOM)).map(({ state }) => state)).toEqual(["none", "here", "here"]);
  await both.b.keepFiles({ keepBytes: 0 });
  expect(await both.b.keepFiles({}), "and is remembered").toMatchObject({ keepBytes: 0, othersBytes: 0, ownBytes: 0 });
  expect((await both.b.getFile({ id: ids[0] as string, to: both.scratch })).kept).toBe(false);
  expect((await both.a.keepFiles({ keepBytes: 0 })).ownBytes).toBeGreaterThan(1_500_000);
});

test("blocks that rot on the giver's disk are not given, and on the own disk are fetched again", async () => {
  const both = await pair();
  const id = await sent(both, fileOf(both, "some.bin", 2_000_000));
  const { path } = await both.b.getFile({ id, to: both.scratch });
  damage(blocksOf(join(both.scratch, "b")), 300_000);
  const again = await both.b.getFile({ id, to: both.scratch });
  expect(readFileSync(again.path).equals(readFileSync(path))).toBe(true);
  expect((await both.b.files(ROOM))[0]).toMatchObject({ state: "here", hereBytes: 2_000_000 });

  damage(blocksOf(join(both.scratch, "a")), 300_000);
  await both.b.dropFile({ id });
  const refused = expect(both.b.getFile({ id, to: both.scratch })).rejects.toMatchObject({ code: "file-dropped" });
  await vi.waitFor(async () => expect((await both.b.files(ROOM))[0]?.hereBytes).toBeGreaterThan(1_500_000), {
    timeout: 10_000,
    interval: 20,
  });
  expect((await both.b.status()).counters.dropped, "the giver finds out itself").not.toHaveProperty("bad-block");
  await both.b.dropFile({ id });
  await refused;
});

test("what is no file, is not there, or may not be, is refused in words, and nothing is left of it", async () => {
  const both = await pair();
  const { a, b, scratch } = both;
  await expect(a.sendFile({ ...ROOM, path: join(scratch, "none") })).rejects.toMatchObject({ code: "file-unreadable", reason: "ENOENT" });
  await expect(a.sendFile({ ...ROOM, path: scratch })).rejects.toMatchObject({ code: "file-unreadable", reason: "EISDIR" });
  await expect(a.sendFile({ ...ROOM, path: "/dev/zero" })).rejects.toMatchObject({ code: "file-unreadable" });
  await expect(a.sendFile({ ...ROOM, path: "relative" })).rejects.toMatchObject({ code: "usage" });
  await expect(a.sendFile({ channel: "#nowhere", path: "/x" })).rejects.toMatchObject({ code: "no-such-channel" });
  expect(readdirSync(join(scratch, "a", "files"))).toEqual([]);

  const { id: text } = await a.send({ ...ROOM, text: "no file" });
  await expect(a.getFile({ id: text, to: scratch })).rejects.toMatchObject({ code: "no-such-file" });
  await expect(a.getFile({ id: "abcdef", to: scratch })).rejects.toMatchObject({ code: "no-such-post" });
  const id = await sent(both, fileOf(both, "some.bin", 1_000));
  await expect(b.getFile({ id, to: join(scratch, "no", "such") })).rejects.toMatchObject({ code: "file-unwritable", reason: "ENOENT" });
  await expect(b.getFile({ id, to: "relative" })).rejects.toMatchObject({ code: "usage" });
  await expect((await running()).files({})).resolves.toEqual([]);
});

test("a deleted file is none any more, and a link in its place is not followed", async () => {
  const both = await pair();
  const { a, b, scratch } = both;
  const id = await sent(both, fileOf(both, "some.bin", 1_000));
  const to = join(scratch, "to");
  mkdirSync(to);
  symlinkSync(join(scratch, "outside"), join(to, "some.bin"));
  symlinkSync(join(scratch, "outside"), join(to, "some.bin.part"));
  expect((await b.getFile({ id, to })).path).toBe(join(to, "some-2.bin"));
  expect(readdirSync(scratch)).not.toContain("outside");
  await a.delete({ id });
  await vi.waitFor(async () => expect(await b.files(ROOM)).toEqual([]), { timeout: 10_000, interval: 20 });
  await expect(b.getFile({ id, to })).rejects.toMatchObject({ code: "no-such-post" });
});

test("nothing of a name or a content can be read where blocks are kept", async () => {
  const both = await pair();
  const id = await sent(both, fileOf(both, "secret plan.txt", new Uint8Array(Buffer.alloc(50_000, "the plan "))));
  await both.b.getFile({ id, to: both.scratch });
  for (const home of ["a", "b"]) {
    const kept = join(blocksOf(join(both.scratch, home)), "..");
    for (const name of readdirSync(kept)) {
      const bytes = readFileSync(join(kept, name)).toString("latin1");
      expect(bytes).not.toContain("secret");
      expect(bytes).not.toContain("the plan");
      expect(statSync(join(kept, name)).mode & 0o077).toBe(0);
    }
  }
});

test("a home whose notes about a file do not read starts all the same", async () => {
  const both = await pair();
  await sent(both, fileOf(both, "some.bin", 1_000));
  await both.a.stop();
  const kept = join(blocksOf(join(both.scratch, "a")), "..");
  writeFileSync(join(kept, "about.json"), "{");
  mkdirSync(join(both.scratch, "a", "files", "new-0123456789abcdef"));
  const again = await running({ home: join(both.scratch, "a") });
  expect((await again.files(ROOM))[0]).toMatchObject({ state: "none" });
  expect(readdirSync(join(both.scratch, "a", "files"))).toEqual([]);
  rmSync(join(both.scratch, "a"), { recursive: true, force: true });
});

function damage(path: string, at: number): void {
  writeSync(openSync(path, "r+"), Buffer.from("rotten"), 0, 6, at);
}

test("in a private channel and in a talk files come to whom they are for, with a preview, and to nobody else", async () => {
  const both = await pair();
  const { a, b, scratch } = both;
  const outsider = await running({ home: join(scratch, "c"), peers: [a.udp, b.udp] });
  await a.addContact({ node: b.nodeId, name: "bob" });
  await b.addContact({ node: a.nodeId, name: "ada" });
  const { name, link } = await a.create({ name: "attic", private: true });
  const attic = { channel: `#${name}` };
  await a.grant({ ...attic, node: "@bob", role: "member" });
  for (const node of [b, outsider]) await node.join({ channel: `#${link}` });

  const image = Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d4948445200000280000001e00802000000", "hex"), randomBytes(12_000)]);
  const { id } = await a.sendFile({ ...attic, path: fileOf(both, "clock.png", new Uint8Array(image)) });
  await vi.waitFor(async () => expect(await b.files(attic)).toMatchObject([{ id, preview: image.toString("base64") }]), {
    timeout: 20_000,
    interval: 50,
  });
  const { path } = await b.getFile({ id, to: join(scratch, "got.png") });
  expect(readFileSync(path).equals(image)).toBe(true);
  expect(await outsider.files({})).toEqual([]);
  await expect(outsider.getFile({ id, to: scratch })).rejects.toMatchObject({ code: "no-such-post" });

  const { id: between } = await a.sendFile({ channel: "@bob", path: fileOf(both, "letter.txt", 70_000) });
  await vi.waitFor(async () => expect(await b.files({ channel: "@ada" })).toMatchObject([{ id: between }]), {
    timeout: 20_000,
    interval: 50,
  });
  const { path: letter } = await b.getFile({ id: between, to: join(scratch, "got.txt") });
  expect(readFileSync(letter).equals(readFileSync(join(scratch, "letter.txt")))).toBe(true);
});

test("what was sealed and never announced goes at the next start; what was announced stays, though that was not noted", async () => {
  const both = await pair();
  const { a, scratch } = both;
  const id = await sent(both, fileOf(both, "some.bin", 1_000));
  await expect(a.sendFile({ ...ROOM, path: fileOf(both, "x.bin", 1_000), text: "x".repeat(9_000) })).rejects.toMatchObject({
    code: "too-long",
  });
  await a.stop();
  const home = join(scratch, "a");
  const kept = join(blocksOf(home), "..");
  const about = JSON.parse(readFileSync(join(kept, "about.json"), "utf8"));
  expect(about).toMatchObject({ own: true, announced: true });
  writeFileSync(join(kept, "about.json"), JSON.stringify({ ...about, announced: false }));
  const never = "ab".repeat(32);
  mkdirSync(join(home, "files", never));
  writeFileSync(join(home, "files", never, "about.json"), JSON.stringify({ ...about, root: never, announced: false }));
  const again = await running({ home });
  expect(await again.files(ROOM)).toMatchObject([{ id, state: "here" }]);
  await vi.waitFor(() => expect(readdirSync(join(home, "files"))).toEqual([about.root]), { timeout: 5_000, interval: 20 });
});

test("one file that is got by two at once is fetched once, and put to both places", async () => {
  const both = await pair();
  const path = fileOf(both, "some.bin", 3_000_000);
  const id = await sent(both, path);
  const got = await Promise.all(["one", "two"].map((name) => both.b.getFile({ id, to: join(both.scratch, name) })));
  for (const { path: place } of got) expect(readFileSync(place).equals(readFileSync(path))).toBe(true);
  expect((await both.b.status()).counters.dropped).not.toHaveProperty("stray-block");
});
