/** From schema 4 to schema 5: what is done to posts is found by the post. Frozen, as every schema that homes exist of. */
export const SCHEMA_5 = `
-- What an edit, a delete or a reaction is about: the time of that event in 8 bytes, highest first, and its id; null for all
-- others, and for one that means nothing. By time, so that what is done to new posts lies together.
ALTER TABLE event ADD COLUMN target BLOB;
UPDATE event SET target = unhex(printf('%016x', CAST(named.time AS INTEGER)) || named.id)
FROM (
  SELECT seq, hlc, substr(text, 1, instr(text, ':') - 1) AS time, substr(text, instr(text, ':') + 1) AS id
  FROM (
    SELECT event.seq, event.hlc, (
      SELECT detail.value ->> 1 FROM json_each(event.details) AS detail WHERE detail.value ->> 0 = 'target' ORDER BY detail.key LIMIT 1
    ) AS text
    FROM event WHERE log IS NOT NULL AND kind IN ('edit', 'delete', 'reaction') AND details IS NOT NULL
  )
) AS named
WHERE event.seq = named.seq AND length(named.id) = 64 AND named.id NOT GLOB '*[^0-9a-f]*'
  AND length(named.time) BETWEEN 1 AND 16 AND named.time NOT GLOB '*[^0-9]*'
  AND CAST(CAST(named.time AS INTEGER) AS TEXT) = named.time AND CAST(named.time AS INTEGER) < named.hlc;
CREATE INDEX event_target ON event (channel, target, kind, hlc) WHERE target IS NOT NULL;
-- The same of one author, whatever others do.
CREATE INDEX event_target_log ON event (log, target, kind, hlc) WHERE target IS NOT NULL;

-- Nicks and topics, the last of which counts.
CREATE INDEX event_name ON event (channel, kind, hlc, log) WHERE kind IN ('nick', 'topic');

-- The entries that people see, in their order: pages of them pass over all else. A kind that is not shown and not named here
-- needs a step of its own.
DROP INDEX event_order;
CREATE INDEX event_shown ON event (channel, hlc, tie) WHERE kind NOT IN (
  'genesis', 'edit', 'delete', 'reaction', 'nick', 'topic', 'grant', 'revoke', 'leave', 'invite', 'prekey', 'key'
) AND (kind = 'post' OR body <> '');

-- The time of the event in which the node said so, in microseconds; null for what it only told in a session.
ALTER TABLE nick ADD COLUMN said INTEGER;
`;
