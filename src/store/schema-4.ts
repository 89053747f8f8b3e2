/** From schema 3 to schema 4: what nodes called themselves. Frozen, as every schema that homes exist of. */
export const SCHEMA_4 = `
-- node is the node id; at is when a text of that node was kept.
CREATE TABLE nick (
  node TEXT PRIMARY KEY,
  nick TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
