/** From schema 1 to schema 2: contacts. Frozen, as every schema that homes exist of. */
export const SCHEMA_2 = `
-- node is the node id; verified_at is null until the user has compared safety numbers.
CREATE TABLE contact (
  node TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  verified_at INTEGER
) STRICT, WITHOUT ROWID;
`;
