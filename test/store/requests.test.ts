/** What both stores keep of nodes that want to talk and are no contacts, over a restart too. PROTOCOL.md §19.7. */
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { REQUESTS_MAX, type Store, type TalkRequest } from "../../src/core/index.ts";
import { openWriting } from "../../src/store/connection.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { readRequests, requestsIn } from "../../src/store/requests.ts";
import type { NodeId } from "../../src/wire/index.ts";
import { KEY } from "./changes.ts";
import { directory } from "./directory.ts";
import { STORES } from "./stores.ts";

const BEGUN = 1_790_000_000_000;
const request = (n: number): TalkRequest => ({ node: `${n.toString().padStart(51, "0")}0` as NodeId, at: BEGUN - n });
const asked = (...numbers: number[]) => numbers.map((n) => ({ kind: "request", request: request(n) }) as const);

async function opened(open: () => Promise<Store>): Promise<Store> {
  const store = await open();
  onTestFinished(() => store.close());
  return store;
}

describe.each(STORES)("requests in a store %s", (_, open) => {
  test("come back in the order in which they were made, each with when that was", async () => {
    const store = await opened(open);
    expect(store.restore()).not.toHaveProperty("requests");
    await store.write(asked(3, 1));
    await store.write([...asked(2), { kind: "request", request: { ...request(3), at: 5 } }]);
    await store.write([{ kind: "request", request: { ...request(4), at: BEGUN + 0.7 } }]);
    expect(store.restore().requests).toEqual([request(3), request(1), request(2), { ...request(4), at: BEGUN }]);
  });

  test("go one by one, and leave nothing when the last is gone", async () => {
    const store = await opened(open);
    await store.write(asked(1, 2));
    await store.write([
      { kind: "request-gone", nodeId: request(1).node },
      { kind: "request-gone", nodeId: request(9).node },
    ]);
    expect(store.restore().requests).toEqual([request(2)]);
    await store.write([{ kind: "request-gone", nodeId: request(2).node }]);
    expect(store.restore()).not.toHaveProperty("requests");
  });

  test("are 64 at most: those that were there stay", async () => {
    const store = await opened(open);
    const numbers = Array.from({ length: REQUESTS_MAX + 6 }, (_, n) => n + 1);
    await store.write(asked(...numbers));
    expect(store.restore().requests).toEqual(numbers.slice(0, REQUESTS_MAX).map(request));
  });

  test("are refused where they are none, and the batch with them", async () => {
    const store = await opened(open);
    for (const bad of [{ node: "nobody", at: 1 }, { ...request(1), at: Number.NaN }, null])
      await expect(store.write([...asked(2), { kind: "request", request: bad as never }])).rejects.toMatchObject({ code: "bad-value" });
    expect(store.restore()).not.toHaveProperty("requests");
  });
});

describe("requests on the disk", () => {
  test("are there after a restart; a list that does not read is none, and keeps nothing from being kept", async () => {
    const file = join(directory(), "store.db");
    const first = await openSqliteStore({ file, key: KEY });
    await first.write(asked(1, 2));
    await first.close();
    const db = openWriting(file, KEY);
    expect(requestsIn(readRequests(db).get() ?? "")).toEqual([request(1), request(2)]);
    db.prepare("UPDATE meta SET value = 'no list' WHERE name = 'requests'").run();
    db.close();
    const again = await openSqliteStore({ file, key: KEY });
    expect(again.restore()).not.toHaveProperty("requests");
    await again.write(asked(5));
    expect(again.restore().requests).toEqual([request(5)]);
    await again.close();
  });

  test("read as far as they are requests", () => {
    const rows = `[["${request(1).node}",7],["nobody",8],[1],null,["${request(2).node}","9"]]`;
    expect(requestsIn(rows)).toEqual([{ ...request(1), at: 7 }]);
    for (const text of ["no list", "{}", "null", "7"]) expect(requestsIn(text)).toEqual([]);
  });
});
