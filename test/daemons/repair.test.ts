/** A real daemon whose history is damaged: it says so, is repaired, and gets back from another what it lost. Row 51. */
import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { STORE_FILE } from "../../src/app/identity.ts";
import { PAGE_BYTES } from "../../src/store/index.ts";
import { Node } from "../foreign/node.ts";
import type { Process } from "../foreign/process.ts";

vi.setConfig({ testTimeout: 90_000 });

const SAID = 60;
const nodes: Node[] = [];
const processes: Process[] = [];
afterEach(async () => {
  for (const process of processes.splice(0)) await process.stop();
  for (const node of nodes.splice(0)) await node.stop();
});

async function nodeAt(listen: string, name: string, peers: readonly string[] = []): Promise<Node> {
  const node = await Node.start({ listen, peers, words: ["--name", name] });
  nodes.push(node);
  return node;
}

test("a daemon whose file is damaged is repaired, and ends with the same history as the other", async () => {
  const ada = await nodeAt("127.0.66.1:0", "ada");
  const bob = await nodeAt("127.0.66.2:0", "bob", [ada.udp]);
  for (const node of [ada, bob]) await node.ask("join", "lobby");
  for (const node of [ada, bob])
    await node.askUntil(["members", "lobby"], (members) => members.length === 1 && members[0]?.state === "live");
  const long = "a text that fills pages ".repeat(40);
  const acknowledged: unknown[] = [];
  for (let n = 0; n < SAID; n += 10) {
    const sent = Array.from({ length: 10 }, (_, at) =>
      (at % 2 === 0 ? ada : bob).ask("send", "lobby", `${n + at} ${long}`, "--wait", "delivered"),
    );
    acknowledged.push(...(await Promise.all(sent)).map(([line]) => line?.id));
  }
  expect((await ada.run("stop")).code).toBe(0);
  await ada.process.finished();

  const file = join(String(ada.ready.home), STORE_FILE);
  const handle = openSync(file, "r+");
  for (let page = 0; page < statSync(file).size / PAGE_BYTES; page += 4)
    writeSync(handle, Buffer.from("flipped"), 0, 7, page * PAGE_BYTES + 1_000);
  closeSync(handle);
  const refused = await ada.run("start", "--listen", "127.0.66.1:0");
  expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining("ptpchat repair") });
  const [report] = await ada.ask("repair");
  expect(report).toMatchObject({ damaged: true, kept_as: expect.stringContaining("damaged-") });
  expect(Number(report?.damaged_pages)).toBeGreaterThan(5);

  const back = ada.begin("start", "--listen", "127.0.66.1:0", "--name", "ada", "--peer", bob.udp);
  processes.push(back);
  await back.until("the ready line", (line) => line.ready === true, { withinMs: 20_000 });
  await ada.ask("join", "lobby");
  const history = await ada.askUntil(["tail", "lobby", "-n", "500"], (lines) => lines.length === SAID);
  const ids = history.map(({ id }) => id);
  expect(ids).toEqual((await bob.ask("tail", "lobby", "-n", "500")).map(({ id }) => id));
  expect(ids).toEqual(expect.arrayContaining(acknowledged));
  await ada.ask("send", "lobby", "on we go", "--wait", "delivered");
});
