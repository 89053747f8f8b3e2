/** Brings a database to the newest schema. Its `user_version` says which one it has. */
import type { Database } from "better-sqlite3-multiple-ciphers";
import { tooNew } from "./fault.ts";
import { SCHEMA_1 } from "./schema-1.ts";
import { SCHEMA_2 } from "./schema-2.ts";
import { SCHEMA_3 } from "./schema-3.ts";
import { SCHEMA_4 } from "./schema-4.ts";
import { SCHEMA_5 } from "./schema-5.ts";
import { SCHEMA_6 } from "./schema-6.ts";
import { SCHEMA_7 } from "./schema-7.ts";
import { SCHEMA_8 } from "./schema-8.ts";
import { SCHEMA_9 } from "./schema-9.ts";
import { SCHEMA_10 } from "./schema-10.ts";
import { SCHEMA_11 } from "./schema-11.ts";

/** `ptpc`: tells tools such as file(1), given the key, whose database this is. */
const APPLICATION_ID = 0x70747063;

/** The step at index n leads from schema n to schema n + 1. */
const MIGRATIONS: readonly string[] = [
  `PRAGMA application_id = ${APPLICATION_ID}; ${SCHEMA_1}`,
  SCHEMA_2,
  SCHEMA_3,
  SCHEMA_4,
  SCHEMA_5,
  SCHEMA_6,
  SCHEMA_7,
  SCHEMA_8,
  SCHEMA_9,
  SCHEMA_10,
  SCHEMA_11,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Applies what is missing, all of it or nothing.
 * @throws StoreError `too-new` when a later ptpchat wrote the database
 */
export function migrate(db: Database, migrations: readonly string[] = MIGRATIONS): void {
  const version = schemaVersion(db);
  if (version > migrations.length) throw tooNew(db.name, version, migrations.length);
  if (version === migrations.length) return;
  db.transaction(() => {
    for (const step of migrations.slice(version)) db.exec(step);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

/** The schema that a database has; 0 when it is new. */
export function schemaVersion(db: Database): number {
  return Number(db.pragma("user_version", { simple: true }));
}
