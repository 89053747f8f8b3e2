/** From schema 9 to schema 10: mailboxes. Frozen, as every schema that homes exist of. */
export const SCHEMA_10 = `
-- Events for contacts that are away, sealed to them. id is the same for the same parcel in the same slot.
CREATE TABLE parcel (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  slot TEXT NOT NULL,
  at INTEGER NOT NULL,
  parcel BLOB NOT NULL
) STRICT;
CREATE INDEX parcel_order ON parcel (owner, at, id);
CREATE INDEX parcel_age ON parcel (at);

-- Where members say that something can be left for them: the last word of each counts.
CREATE INDEX event_mailbox ON event (channel, hlc) WHERE kind = 'mailbox';

-- Contacts for whom we keep them; slots is a list in JSON.
CREATE TABLE mailbox_owner (node TEXT PRIMARY KEY, slots TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Contacts that keep them for us, and where they were reached last; at is a list in JSON.
CREATE TABLE own_mailbox (node TEXT PRIMARY KEY, at TEXT NOT NULL, added_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- How far a member of a channel, or a mailbox for it, has our log there.
CREATE TABLE left_mark (
  channel TEXT NOT NULL,
  node TEXT NOT NULL,
  inst TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (channel, node)
) STRICT, WITHOUT ROWID;
`;
