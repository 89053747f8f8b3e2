/** A history with a damaged page, in a node that members ask for what lies there. */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { STORE_FILE } from "../../src/app/identity.ts";
import { directory, next, running } from "./running.ts";

vi.setConfig({ testTimeout: 30_000 });

const LOBBY = { channel: "#lobby" };
const PAGE_BYTES = 4_096;
const POSTS = 200;

/** Every page from the `from`th on, which holds entries, but not the last, which the writer needs. */
function damage(file: string, from: number): void {
  const pages = readFileSync(file).length / PAGE_BYTES;
  expect(pages).toBeGreaterThan(from + 4);
  const handle = openSync(file, "r+");
  for (let page = from; page < pages - 1; page++) writeSync(handle, Buffer.from("flipped"), 0, 7, page * PAGE_BYTES + 100);
  closeSync(handle);
}

/** A home in whose channel much was said, and whose store is damaged. */
async function damagedHome(): Promise<string> {
  const home = directory();
  const first = await running({ home });
  await first.join(LOBBY);
  const long = "a text that fills pages ".repeat(20);
  await Promise.all(Array.from({ length: POSTS }, (_, n) => first.send({ ...LOBBY, text: `${n} ${long}` })));
  await first.stop();
  damage(join(home, STORE_FILE), 64);
  return home;
}

test("a member that asks for what lies on a damaged page gets nothing of it, and the node lives on, read-only, and says so", async () => {
  const a = await running({ home: await damagedHome() });
  const failed = next(a, "store-failed");
  const b = await running({ peers: [a.udp] });
  await b.join(LOBBY);
  expect(await failed).toMatchObject({ code: "damaged" });
  expect((await a.status()).store).toEqual({ state: "failed", code: "damaged" });
  await expect(a.send({ ...LOBBY, text: "not kept" })).rejects.toMatchObject({ code: "store-failed", reason: "damaged" });
  await expect(a.history(LOBBY)).rejects.toMatchObject({ code: "store-damaged" });
  await expect(b.send({ ...LOBBY, text: "x", wait: "delivered", timeoutMs: 700 })).rejects.toMatchObject({ code: "timeout" });
  expect((await a.status()).counters.dropped).toMatchObject({ "store-failed": expect.any(Number) });
});
