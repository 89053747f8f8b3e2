/**
 * The first schema, frozen: homes made with it exist, so it never changes. What comes later is a migration.
 *
 * Ids and GUIDs are kept as 16 bytes, times as whole milliseconds since 1970, yes and no as 1 and 0.
 */
export const SCHEMA_1 = `
-- seq is the order in which entries were kept; AUTOINCREMENT never gives a number twice, on which the search index relies.
CREATE TABLE event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  channel BLOB NOT NULL,
  author TEXT NOT NULL,
  own INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  verified INTEGER NOT NULL
) STRICT;
CREATE INDEX event_order ON event (channel, seq);
CREATE INDEX event_time ON event (channel, at, seq);

CREATE TABLE channel (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  mode TEXT NOT NULL,
  joined_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
  channel BLOB NOT NULL,
  endpoint TEXT NOT NULL,
  heard_at INTEGER NOT NULL,
  PRIMARY KEY (channel, endpoint)
) STRICT, WITHOUT ROWID;

CREATE TABLE channel_key (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  channel BLOB NOT NULL,
  endpoint TEXT NOT NULL,
  cipher TEXT NOT NULL,
  key TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (channel, endpoint, cipher)
) STRICT;

-- 'indexed': the seq up to which event_text is filled.
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('indexed', 0);

-- The words of posts; the texts themselves stay in event.
CREATE VIRTUAL TABLE event_text USING fts5 (
  body, content = 'event', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2'
);
`;
