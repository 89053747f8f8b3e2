/** From schema 6 to schema 7: how much is kept of channels. Frozen, as every schema that homes exist of. */
export const SCHEMA_7 = `
-- guid is empty for what holds where a channel has no row of its own. All is kept where both are null.
CREATE TABLE quota (
  guid BLOB PRIMARY KEY,
  bytes INTEGER,
  days INTEGER
) STRICT, WITHOUT ROWID;

-- What a channel has: entries, and about how many bytes they take with their words in the search index. Entries with an hlc up to horizon
-- were dropped, so many of them posts; those that the logs still need are there and not shown.
CREATE TABLE holding (
  channel INTEGER PRIMARY KEY,
  entries INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  horizon INTEGER NOT NULL,
  dropped INTEGER NOT NULL
) STRICT;
INSERT INTO holding (channel, entries, bytes, horizon, dropped)
  SELECT channel, count(*), sum(400 + 2 * octet_length(body) + coalesce(octet_length(details), 0) + coalesce(octet_length(deps), 0)), 0, 0
  FROM event GROUP BY channel;

-- All entries in their order, those that people do not see among them: what goes first, and what an archive has.
CREATE INDEX event_order ON event (channel, hlc, tie);
`;
