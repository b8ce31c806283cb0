ALTER TABLE consents ADD COLUMN id UUID NOT NULL DEFAULT gen_random_uuid();

ALTER TABLE consents ALTER COLUMN id DROP DEFAULT;

COMMENT ON COLUMN consents.id IS 'by which its person takes it back';

CREATE UNIQUE INDEX uq_consents_id ON consents (id);

CREATE INDEX ix_consents_person ON consents (person, id);

ALTER TABLE token_families ADD COLUMN signed_in_at TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN token_families.signed_in_at IS 'of the sign-in it rests on; the session may see later ones';

ALTER TABLE token_families ADD COLUMN second TEXT;

COMMENT ON COLUMN token_families.second IS 'what proved that sign-in';

CREATE INDEX ix_token_families_person ON token_families (person, client_id);
