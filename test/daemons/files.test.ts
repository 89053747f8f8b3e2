/** Files between real daemons: they come whole, from whoever has them, and whatever is killed meanwhile. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Node } from "../foreign/node.ts";

vi.setConfig({ testTimeout: 120_000 });

let scratch: string;
const nodes: Node[] = [];

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "ptpchat-test-"));
});
afterEach(async () => {
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
