/** From schema 7 to schema 8: private channels. Frozen, as every schema that homes exist of. */
export const SCHEMA_8 = `
-- kind, body, details and target are what people see of an entry. Where something else was signed, as of one that is sealed, signed has it: JSON,
-- [kind, text, details]; null for all others. waits is the epoch whose key a sealed entry waits for; null for one that is open, or never will be.
ALTER TABLE event ADD COLUMN signed TEXT;
ALTER TABLE event ADD COLUMN waits INTEGER;
CREATE INDEX event_waits ON event (log, waits) WHERE waits IS NOT NULL;
CREATE INDEX event_prekey ON event (log, hlc) WHERE kind = 'prekey';

-- pair is the other node of a talk of two; null for all others.
ALTER TABLE channel ADD COLUMN pair TEXT;

-- Our own prekeys, by the hash of the channel; 32 bytes each half. replaced_at is null for the one that others use.
CREATE TABLE prekey (
  channel TEXT NOT NULL,
  id TEXT NOT NULL,
  public_key BLOB NOT NULL,
  secret_key BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  replaced_at INTEGER,
  PRIMARY KEY (channel, id)
) STRICT, WITHOUT ROWID;

-- The first key of each epoch, 32 bytes; at is when we made or learned it.
CREATE TABLE sender_key (
  channel TEXT NOT NULL,
  author TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  key BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (channel, author, epoch)
) STRICT, WITHOUT ROWID;
`;
