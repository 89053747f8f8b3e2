/** Both stores, for the suites that either has to pass. */
import { join } from "node:path";
import type { Store } from "../../src/core/index.ts";
import { openMemoryStore, openSqliteStore } from "../../src/store/index.ts";
import { KEY } from "./changes.ts";
import { directory } from "./directory.ts";

export const STORES: readonly (readonly [name: string, open: () => Promise<Store>])[] = [
  ["in memory", async () => openMemoryStore()],
  ["on disk", () => openSqliteStore({ file: join(directory(), "store.db"), key: KEY })],
];
