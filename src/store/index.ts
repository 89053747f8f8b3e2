/** The door of the store: SQLite on disk, or memory, behind the interface that core declares. ARCHITECTURE.md "The store". */
export { openMemoryStore } from "./memory-store.ts";
export { isBeginning } from "./search-index.ts";
export { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
export { matcherOf, wordsIn } from "./words.ts";
