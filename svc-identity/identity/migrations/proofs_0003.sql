CREATE TABLE devices (
	id UUID NOT NULL,
	account_id UUID NOT NULL,
	person TEXT NOT NULL,
	token_digest TEXT NOT NULL,
	name TEXT NOT NULL,
	first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	trusted_at TIMESTAMP WITH TIME ZONE NOT NULL,
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_devices PRIMARY KEY (id),
	CONSTRAINT uq_devices_account_id_token_digest UNIQUE (account_id, token_digest),
	CONSTRAINT fk_devices_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE INDEX ix_devices_seen_at ON devices (seen_at);

COMMENT ON COLUMN devices.trusted_at IS 'from then on good for acts of consequence';

COMMENT ON COLUMN devices.name IS 'family of browser and system, coarse';

CREATE TABLE passkeys (
	id UUID NOT NULL,
	account_id UUID NOT NULL,
	person TEXT NOT NULL,
	credential_id TEXT NOT NULL,
	public_key BYTEA NOT NULL,
	sign_count BIGINT NOT NULL,
	name TEXT NOT NULL,
	is_backed_up BOOLEAN NOT NULL,
	added_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_passkeys PRIMARY KEY (id),
	CONSTRAINT uq_passkeys_credential_id UNIQUE (credential_id),
	CONSTRAINT fk_passkeys_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE INDEX ix_passkeys_account_id ON passkeys (account_id, id);

COMMENT ON COLUMN passkeys.credential_id IS 'base64url, as the authenticator named it';

COMMENT ON COLUMN passkeys.name IS 'what its owner calls it';

CREATE TABLE recovery_codes (
	account_id UUID NOT NULL,
	digest TEXT NOT NULL,
	person TEXT NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_recovery_codes PRIMARY KEY (account_id, digest),
	CONSTRAINT fk_recovery_codes_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE TABLE spent_challenges (
	digest TEXT NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_spent_challenges PRIMARY KEY (digest)
);

CREATE INDEX ix_spent_challenges_expires_at ON spent_challenges (expires_at);

ALTER TABLE challenges ADD COLUMN prefix TEXT;

CREATE INDEX ix_challenges_prefix ON challenges (prefix, sent_at) WHERE prefix is not null;

COMMENT ON COLUMN challenges.prefix IS 'the mobile without its last digits, where anybody can cause a text';

COMMENT ON COLUMN sign_ins.second IS 'sms, totp or passkey: what is awaited first';

ALTER TABLE sessions ADD COLUMN place TEXT DEFAULT '' NOT NULL;

ALTER TABLE sessions ADD COLUMN device_id UUID CONSTRAINT fk_sessions_device_id REFERENCES devices (id) ON DELETE SET NULL;

ALTER TABLE sessions ADD COLUMN device_new_since TIMESTAMP WITH TIME ZONE;

CREATE INDEX ix_sessions_device_id ON sessions (device_id);

COMMENT ON COLUMN sessions.second IS 'sms, totp, recovery or passkey';

COMMENT ON COLUMN sessions.place IS 'the network it came from, coarse';

COMMENT ON COLUMN sessions.device_new_since IS 'first seen then, too lately to be trusted with much';
