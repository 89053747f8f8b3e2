/** What ptpchat uses of better-sqlite3-multiple-ciphers, whose own types its `exports` hide. Errors have a `code` such as `SQLITE_FULL`. */
declare module "better-sqlite3-multiple-ciphers" {
  interface Statement<Values extends unknown[], Row = unknown> {
    run(...values: Values): { readonly changes: number };
    get(...values: Values): Row | undefined;
    all(...values: Values): Row[];
    /** From here on rows are given as their first column. */
    pluck(): this;
  }

  /** A function made by `transaction`: called as it is, or with BEGIN IMMEDIATE. */
  interface Transaction<Values extends unknown[]> {
    (...values: Values): void;
    immediate(...values: Values): void;
  }

  interface Options {
    readonly?: boolean;
    /** Milliseconds to wait for a lock. */
    timeout?: number;
  }

  class Database {
    readonly name: string;
    readonly inTransaction: boolean;
    constructor(file: string, options?: Options);
    prepare<Values extends unknown[] = [], Row = unknown>(sql: string): Statement<Values, Row>;
    exec(sql: string): void;
    pragma(pragma: string, options?: { simple: boolean }): unknown;
    transaction<Values extends unknown[]>(work: (...values: Values) => void): Transaction<Values>;
    /** Sets the key of the file: `raw:` and hex digits, in ASCII. */
    key(key: Buffer): void;
    close(): void;
  }

  export default Database;
  export type { Database, Statement };
}
