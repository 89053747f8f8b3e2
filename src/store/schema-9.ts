/** From schema 8 to schema 9: by what a contact was verified, and by which paths it may be reached; invites among the statements. Frozen, as every schema that homes exist of. */
export const SCHEMA_9 = `
-- verified_by is 'number', 'qr' or 'code'; null while verified_at is, and for what was verified before this schema, by the number.
-- path is 'relay' or 'lan', null where every path will do.
ALTER TABLE contact ADD COLUMN verified_by TEXT;
ALTER TABLE contact ADD COLUMN path TEXT;

DROP INDEX event_statement;
CREATE INDEX event_statement ON event (log) WHERE kind IN ('grant', 'revoke', 'leave', 'invite');
`;
