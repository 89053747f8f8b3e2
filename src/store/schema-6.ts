/** From schema 5 to schema 6: channels with an owner, and nodes that the user mutes or blocks. Frozen, as every schema that homes exist of. */
export const SCHEMA_6 = `
-- genesis is the id of the event that made the channel, in hex; null where nobody owns it.
ALTER TABLE channel ADD COLUMN genesis TEXT;

-- node is the node id; how is 'muted' or 'blocked'.
CREATE TABLE quiet (
  node TEXT PRIMARY KEY,
  how TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
