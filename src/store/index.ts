/** The door of the store: SQLite on disk, or memory, behind the interface that core declares. ARCHITECTURE.md "The store". */
export { isSound } from "./connection.ts";
export { beginAnew, type CopiedStore, copyStore } from "./copying.ts";
export { openMemoryStore } from "./memory-store.ts";
export { PAGE_BYTES, type PagePrimitives } from "./salvage/page-cipher.ts";
export { lostFrames } from "./salvage/page-file.ts";
export { Salvage, type SalvagedEvent, type SalvagedLog, topOf } from "./salvage/salvage.ts";
export { isBeginning } from "./search-index.ts";
export { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
export { matcherOf, wordsIn } from "./words.ts";
