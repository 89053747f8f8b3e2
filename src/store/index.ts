/** The door of the store: SQLite on disk, or memory, behind the interface that core declares. ARCHITECTURE.md "The store". */
export { openMemoryStore } from "./memory-store.ts";
export { openSqliteStore, type SearchableStore, type SqliteStoreOptions } from "./sqlite-store.ts";
