/** Files between real daemons: they come whole, from whoever has them, and whatever is killed meanwhile. */
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Node } from "../foreign/node.ts";
import { Process } from "../foreign/process.ts";

vi.setConfig({ testTimeout: 120_000 });

const PTPCHAT = join(import.meta.dirname, "../../ptpchat");

let scratch: string;
const nodes: Node[] = [];
const processes: Process[] = [];

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "ptpchat-test-"));
});
afterEach(async () => {
  for (const each of processes.splice(0)) await each.stop();
  for (const node of nodes.splice(0)) await node.stop();
  rmSync(scratch, { recursive: true, force: true });
});

async function started(...peers: Node[]): Promise<Node> {
  const node = await Node.start({ listen: "127.0.0.1:0", peers: peers.map(({ udp }) => udp) });
  nodes.push(node);
  for (const peer of peers)
    await node.askUntil(["peers"], (lines) => lines.some(({ endpoint, kind }) => endpoint === peer.udp && kind === "full"));
  await node.ask("join", "lobby");
  return node;
}

function fileOf(name: string, bytes: number): string {
  const path = join(scratch, name);
  writeFileSync(path, randomBytes(bytes));
  return path;
}

const hashOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

async function sent(node: Node, path: string): Promise<string> {
  const [line] = await node.ask("files", "send", "lobby", path);
  return String(line?.id);
}

/** Waits until a node has heard of a file. */
const hears = (node: Node, id: string) => node.askUntil(["files", "list", "lobby"], (lines) => lines.some((file) => file.id === id));

test("a file of 10 MB comes whole, beside what is there, though the original has gone", async () => {
  const a = await started();
  const b = await started(a);
  const path = fileOf("some.bin", 10_000_000);
  const id = await sent(a, path);
  const hash = hashOf(path);
  rmSync(path);
  await hears(b, id);
  expect((await b.ask("tail", "lobby")).at(-1)).toMatchObject({
    kind: "file",
    text: "some.bin, 10.0 MB",
    file: { name: "some.bin", size: 10_000_000 },
  });

  symlinkSync("/dev/null", join(scratch, "some.bin"));
  const [got] = await b.ask("files", "get", id.slice(0, 8), "--to", scratch);
  expect(got).toMatchObject({ id, path: join(scratch, "some-2.bin"), size: 10_000_000, kept: true });
  expect(hashOf(join(scratch, "some-2.bin"))).toBe(hash);
  expect(statSync(join(scratch, "some-2.bin")).mode & 0o777).toBe(0o600);
  expect(readdirSync(scratch).sort(), "nothing else is left beside it").toEqual(["some-2.bin", "some.bin"]);
  expect(await b.ask("files", "list")).toMatchObject([{ id, state: "here", here_bytes: 10_000_000 }]);
});

/** A daemon on the home and port of one that was killed. */
function again(node: Node, ...peers: string[]): Process {
  const known = peers.flatMap((peer) => ["--peer", peer]);
  const process = new Process([
    PTPCHAT,
    "start",
    "--home",
    node.home,
    "--listen",
    node.udp,
    "--map",
    "off",
    "--lan",
    "off",
    "--web",
    "off",
    ...known,
  ]);
  processes.push(process);
  return process;
}

async function kill9(node: Node): Promise<void> {
  process.kill(Number(node.ready.pid), "SIGKILL");
  await node.process.finished();
}

const ready = (process: Process) => process.until("the ready line", (line) => line.ready === true, { withinMs: 20_000 });

test("a fetch goes on where it was after kill -9 at either end, and no half is left anywhere", async () => {
  const a = await started();
  const b = await started(a);
  const path = fileOf("large.bin", 100_000_000);
  const id = await sent(a, path);
  await hears(b, id);
  const to = join(scratch, "got");
  mkdirSync(to);

  const kept = async () => Number((await b.ask("files", "list", "lobby"))[0]?.here_bytes);
  const beyond = async (bytes: number) => {
    for (let tries = 0; tries < 600; tries++) {
      const here = await kept();
      if (here >= bytes) return here;
    }
    throw new Error(`no more than ${await kept()} bytes came`);
  };
  const command = b.begin("files", "get", id, "--to", to);
  const files = join(b.home, "files");
  const isNoted = (root: string) =>
    existsSync(join(files, root, "have")) && readFileSync(join(files, root, "have")).some((byte) => byte !== 0);
  await vi.waitFor(() => expect(readdirSync(files).some(isNoted)).toBe(true), { timeout: 20_000, interval: 10 });
  await kill9(b);
  await command.finished();
  expect(readdirSync(to), "what was being written, and nothing under the final name").toEqual(["large.bin.part"]);
  await ready(again(b, a.udp));
  expect(await kept(), "what had come is there").toBeGreaterThan(0);
  await beyond(20_000_000);
  await kill9(a);
  await ready(again(a));

  await vi.waitFor(() => expect(readdirSync(to)).toEqual(["large.bin"]), { timeout: 90_000, interval: 200 });
  expect(hashOf(join(to, "large.bin"))).toBe(hashOf(path));
});

test("a member gives on what it has fetched, when its author has gone", async () => {
  const a = await started();
  const b = await started(a);
  const c = await started(a, b);
  const path = fileOf("some.bin", 3_000_000);
  const id = await sent(a, path);
  for (const node of [b, c]) await hears(node, id);
  await b.ask("files", "get", id, "--to", join(scratch, "by-b.bin"));
  await a.process.stop();
  await c.ask("files", "get", id, "--to", join(scratch, "by-c.bin"));
  expect(hashOf(join(scratch, "by-c.bin"))).toBe(hashOf(path));

  expect(await b.ask("files", "drop", id)).toMatchObject([{ id, freed_bytes: 3_002_944 }]);
  expect(await b.ask("files", "list")).toMatchObject([{ id, state: "none", here_bytes: 0 }]);
  expect(await c.ask("files", "keep", "1MB"), "what is too much goes at once").toMatchObject([{ keep_bytes: 1_000_000, others_bytes: 0 }]);
});

const asRoot = process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;

test.skipIf(!asRoot)("a full disk is said, and nothing half is left under any name", async () => {
  const small = join(scratch, "small");
  mkdirSync(small);
  const mounted = `mount -t tmpfs -o size=5m none ${small} && exec "$@"`;
  const a = await started();
  const b = await Node.start({ listen: "127.0.0.1:0", peers: [a.udp], within: ["unshare", "-m", "sh", "-c", mounted, "sh"] });
  nodes.push(b);
  await b.ask("join", "lobby");
  await a.askUntil(["members", "lobby"], (lines) => lines.length === 1);
  const [one, two] = [await sent(a, fileOf("one.bin", 3_000_000)), await sent(a, fileOf("two.bin", 3_000_000))];
  await hears(b, two);
  const large = await sent(a, fileOf("large.bin", 6_000_000));
  await hears(b, large);

  const early = await b.run("files", "get", large, "--to", small, "--json");
  expect(early).toMatchObject({ code: 1, errors: expect.stringContaining("disk-full") });
  const both = await Promise.all([one, two].map((id) => b.run("files", "get", id, "--to", small, "--json")));
  const failed = both.filter(({ code }) => code !== 0);
  expect(failed.length, "room was there for either when they began, and not for both").toBeGreaterThan(0);
  for (const { errors } of failed) expect(errors).toContain("disk-full");
  const pid = String(b.ready.pid);
  const left = spawnSync("nsenter", ["-m", "-t", pid, "ls", "-A", small], { encoding: "utf8" })
    .stdout.split("\n")
    .filter((name) => name !== "");
  const whole = both.flatMap(({ lines }) => lines.map(({ path }) => basename(String(path))));
  expect(left).toEqual(whole);
});
