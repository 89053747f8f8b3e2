/** From schema 10 to schema 11: the keys of single messages. Frozen, as every schema that homes exist of. */
export const SCHEMA_11 = `
-- message_key opened a sealed entry: 32 bytes, so that it can be given to who may read what was said before it came. It goes with the text beside it. Null
-- for what is not sealed or not open, and for what was opened before there was this column.
ALTER TABLE event ADD COLUMN message_key BLOB;

-- What is closed, in the order in which it is shown.
CREATE INDEX event_closed ON event (channel, hlc, id) WHERE waits IS NOT NULL;
`;
