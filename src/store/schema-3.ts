/**
 * From schema 2 to schema 3: signed events and their logs. Frozen, as every schema that homes exist of.
 *
 * One row is a whole event, as people see it and as the logs need it, and it leans on no other row but that of its log: a
 * page that is damaged costs the events on it and none besides. Small things stand before long ones, which may go on in
 * pages of their own. What is written at once should also lie together: an index over ids, which are random, would
 * touch another page for every event, and a batch of 100 would cost ten times what it does. So ids are found within
 * their logs, by number; and without a log by `event_id`, which is random only within one stretch of 4,096 rows and is looked
 * through stretch by stretch.
 */
export const SCHEMA_3 = `
-- The numbers that stand for channels in entries.
CREATE TABLE channel_guid (
  n INTEGER PRIMARY KEY,
  guid BLOB NOT NULL UNIQUE
) STRICT;
INSERT INTO channel_guid (guid) SELECT channel FROM event GROUP BY channel ORDER BY min(seq);

-- Logs, in the text forms of the wire; channel is the hash. floor and branches are null until the log itself was kept, which
-- may be after its first event. branches is JSON: [label, {root, stretches}] for each.
CREATE TABLE log (
  n INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  author TEXT NOT NULL,
  inst TEXT NOT NULL,
  floor INTEGER,
  branches TEXT,
  UNIQUE (channel, author, inst)
) STRICT;

-- seq is the order in which entries were kept. Nothing is ever deleted here, so no number is given twice, on which the
-- search index relies. hlc is in microseconds since 1970: the millisecond of an entry that is not signed, times 1,000.
-- author is null for a signed event, whose log has it; the columns from log on are null for all others. deps are 32 bytes each.
-- details is JSON, null for none. tie orders what has one hlc, together with id.
CREATE TABLE event_3 (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  channel INTEGER NOT NULL,
  own INTEGER NOT NULL,
  verified INTEGER NOT NULL,
  kind TEXT NOT NULL,
  hlc INTEGER NOT NULL,
  author TEXT,
  log INTEGER,
  log_seq INTEGER,
  branch INTEGER,
  prev BLOB,
  sig BLOB,
  deps BLOB,
  details TEXT,
  body TEXT NOT NULL,
  tie ANY GENERATED ALWAYS AS (iif(log IS NULL, seq, substr(id, 1, 4))) VIRTUAL
) STRICT;
INSERT INTO event_3 (seq, id, channel, own, verified, kind, hlc, author, body)
  SELECT seq, id, (SELECT n FROM channel_guid WHERE guid = event.channel), own, verified, kind, at * 1000, author, body
  FROM event ORDER BY seq;
DROP TABLE event;
ALTER TABLE event_3 RENAME TO event;

CREATE INDEX event_order ON event (channel, hlc, tie);
CREATE INDEX event_log ON event (log, log_seq) WHERE log IS NOT NULL;
CREATE INDEX event_id ON event (seq >> 12, substr(id, 1, 8)) WHERE log IS NOT NULL;
CREATE INDEX event_statement ON event (log) WHERE kind IN ('grant', 'revoke', 'leave');
CREATE UNIQUE INDEX event_unsigned ON event (id) WHERE log IS NULL;
CREATE INDEX event_others ON event (seq) WHERE log IS NULL AND own = 0;

-- inst is the log that we write in an open channel; null in a bare one, and before the first event.
ALTER TABLE channel ADD COLUMN inst TEXT;

-- As before, without the lengths of entries, which only a ranking would need. It is filled anew.
DROP TABLE event_text;
CREATE VIRTUAL TABLE event_text USING fts5 (
  body, content = 'event', content_rowid = 'seq', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
);
UPDATE meta SET value = 0 WHERE name = 'indexed';
`;
