ALTER TABLE clients
	ADD COLUMN grants JSONB DEFAULT '[]' NOT NULL,
	ADD COLUMN auth_method TEXT DEFAULT 'none' NOT NULL,
	ADD COLUMN jwks JSONB,
	ADD COLUMN sector TEXT,
	ADD COLUMN backchannel_logout_uri TEXT,
	ADD COLUMN asks_consent BOOLEAN DEFAULT false NOT NULL,
	ADD COLUMN introspects_all BOOLEAN DEFAULT false NOT NULL,
	ADD COLUMN added_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
	ADD COLUMN ended_at TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN clients.grants IS 'the grant types it may use';

COMMENT ON COLUMN clients.jwks IS 'its public keys, for private_key_jwt';

COMMENT ON COLUMN clients.sector IS 'pairwise subjects: clients of one sector share them';

COMMENT ON COLUMN clients.introspects_all IS 'a resource server: may ask about tokens of other clients';

UPDATE clients SET
	auth_method = CASE WHEN secret_digest IS NULL THEN 'none' ELSE 'client_secret_basic' END,
	grants = '["authorization_code", "refresh_token"]',
	scopes = scopes || '["address"]';

UPDATE clients SET grants = grants || '["urn:ietf:params:oauth:grant-type:token-exchange"]' WHERE id IN ('portal', 'mobile', 'demo');

UPDATE clients SET grants = grants || '["urn:ietf:params:oauth:grant-type:device_code"]' WHERE id = 'demo';

INSERT INTO clients (id, name_ar, name_en, channel, redirect_uris, after_sign_out_uris, scopes, grants)
VALUES ('counter', 'شاشة المنفذ', 'Counter screen', 'office', '[]', '[]', '["openid", "profile", "offline_access"]',
	'["refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]');

ALTER TABLE clients
	ADD CONSTRAINT ck_clients_one_way_to_prove_itself CHECK ((auth_method in ('client_secret_basic','client_secret_post')) = (secret_digest is not null) and (auth_method = 'private_key_jwt') = (jwks is not null)),
	ADD CONSTRAINT ck_clients_auth_method CHECK (auth_method in ('none','client_secret_basic','client_secret_post','private_key_jwt'));

ALTER TABLE authorisation_codes ADD COLUMN claims JSONB;

COMMENT ON COLUMN authorisation_codes.claims IS 'claims asked for by name';

CREATE INDEX ix_sessions_ended_at ON sessions (ended_at, id) WHERE ended_at is not null;

CREATE TABLE token_families (
	id UUID NOT NULL,
	client_id TEXT NOT NULL,
	account_id UUID,
	person TEXT NOT NULL,
	session_id UUID,
	sid TEXT NOT NULL,
	grant_type TEXT NOT NULL,
	scope TEXT NOT NULL,
	claims JSONB,
	on_behalf_of TEXT,
	authorisation TEXT,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	ended_for TEXT,
	CONSTRAINT pk_token_families PRIMARY KEY (id),
	CONSTRAINT fk_token_families_client_id FOREIGN KEY(client_id) REFERENCES clients (id),
	CONSTRAINT fk_token_families_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_token_families_session_id FOREIGN KEY(session_id) REFERENCES sessions (id)
);

CREATE INDEX ix_token_families_ended_at ON token_families (ended_at, id) WHERE ended_at is not null;

CREATE INDEX ix_token_families_expires_at ON token_families (expires_at);

CREATE INDEX ix_token_families_session_id ON token_families (session_id);

CREATE INDEX ix_token_families_sid ON token_families (client_id, sid);

COMMENT ON COLUMN token_families.account_id IS 'of who signed in';

COMMENT ON COLUMN token_families.person IS 'who signed in; a client''s own are `client:<id>`';

COMMENT ON COLUMN token_families.sid IS 'the session''s name for this client';

COMMENT ON COLUMN token_families.on_behalf_of IS 'the person acted for';

COMMENT ON COLUMN token_families.authorisation IS 'by which electronic authorisation';

CREATE TABLE consents (
	account_id UUID NOT NULL,
	client_id TEXT NOT NULL,
	person TEXT NOT NULL,
	scope TEXT NOT NULL,
	claims JSONB DEFAULT '[]' NOT NULL,
	given_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_consents PRIMARY KEY (account_id, client_id),
	CONSTRAINT fk_consents_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_consents_client_id FOREIGN KEY(client_id) REFERENCES clients (id)
);

CREATE TABLE device_requests (
	id UUID NOT NULL,
	digest TEXT NOT NULL,
	user_code_index TEXT NOT NULL,
	client_id TEXT NOT NULL,
	scope TEXT NOT NULL,
	interval_seconds INTEGER NOT NULL,
	asked_at TIMESTAMP WITH TIME ZONE,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	account_id UUID,
	person TEXT,
	session_id UUID,
	approved BOOLEAN,
	decided_at TIMESTAMP WITH TIME ZONE,
	used_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_device_requests PRIMARY KEY (id),
	CONSTRAINT uq_device_requests_digest UNIQUE (digest),
	CONSTRAINT uq_device_requests_user_code_index UNIQUE (user_code_index),
	CONSTRAINT fk_device_requests_client_id FOREIGN KEY(client_id) REFERENCES clients (id),
	CONSTRAINT fk_device_requests_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_device_requests_session_id FOREIGN KEY(session_id) REFERENCES sessions (id)
);

CREATE INDEX ix_device_requests_expires_at ON device_requests (expires_at);

COMMENT ON COLUMN device_requests.digest IS 'of the device''s own code';

COMMENT ON COLUMN device_requests.user_code_index IS 'keyed digest of the code a person types';

COMMENT ON COLUMN device_requests.asked_at IS 'when the device asked last';

COMMENT ON COLUMN device_requests.account_id IS 'of who decided';

COMMENT ON COLUMN device_requests.session_id IS 'in which they decided';

CREATE TABLE spent_assertions (
	client_id TEXT NOT NULL,
	jti TEXT NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_spent_assertions PRIMARY KEY (client_id, jti),
	CONSTRAINT fk_spent_assertions_client_id FOREIGN KEY(client_id) REFERENCES clients (id)
);

CREATE INDEX ix_spent_assertions_expires_at ON spent_assertions (expires_at);

INSERT INTO token_families (id, client_id, account_id, person, session_id, sid, grant_type, scope, opened_at, expires_at, ended_at, ended_for)
SELECT DISTINCT ON (family) family, client_id, account_id, person, session_id, session_id::text, 'authorization_code', scope, issued_at, expires_at, revoked_at, revoked_for
FROM refresh_tokens ORDER BY family, issued_at DESC;
