CREATE TABLE accounts (
	kind TEXT NOT NULL,
	language TEXT NOT NULL,
	name_ar TEXT,
	name_en TEXT,
	mobile TEXT,
	mobile_index TEXT,
	email TEXT,
	password_hash TEXT,
	password_changed_at TIMESTAMP WITH TIME ZONE,
	code_misses INTEGER DEFAULT '0' NOT NULL,
	totp_seed TEXT,
	totp_step BIGINT DEFAULT '0' NOT NULL,
	id UUID NOT NULL,
	reference TEXT NOT NULL,
	person TEXT NOT NULL,
	status TEXT NOT NULL,
	version INTEGER DEFAULT '0' NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_accounts PRIMARY KEY (id),
	CONSTRAINT uq_accounts_person UNIQUE (person),
	CONSTRAINT uq_accounts_reference UNIQUE (reference)
);

CREATE INDEX ix_accounts_code_misses ON accounts (code_misses) WHERE code_misses > 0;

CREATE INDEX ix_accounts_waiting ON accounts (id) WHERE status = 'registered';

CREATE UNIQUE INDEX uq_accounts_mobile_owner ON accounts (mobile_index) WHERE status = 'active';

COMMENT ON COLUMN accounts.code_misses IS 'wrong codes in a row';

COMMENT ON COLUMN accounts.totp_step IS 'the newest step used: a code counts once';

COMMENT ON COLUMN accounts.person IS 'whose record this is';

CREATE TABLE allowances (
	scope TEXT NOT NULL,
	key TEXT NOT NULL,
	uses TIMESTAMP WITH TIME ZONE[] DEFAULT '{}' NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_allowances PRIMARY KEY (scope, key)
);

CREATE INDEX ix_allowances_used_at ON allowances (used_at);

CREATE TABLE challenges (
	id UUID NOT NULL,
	purpose TEXT NOT NULL,
	object UUID NOT NULL,
	person TEXT NOT NULL,
	code_mac TEXT NOT NULL,
	guesses INTEGER DEFAULT '0' NOT NULL,
	guesses_allowed INTEGER NOT NULL,
	sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	replaced_at TIMESTAMP WITH TIME ZONE,
	delivered_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_challenges PRIMARY KEY (id)
);

CREATE INDEX ix_challenges_expires_at ON challenges (expires_at);

CREATE UNIQUE INDEX uq_challenges_open ON challenges (purpose, object) WHERE used_at is null and replaced_at is null;

COMMENT ON COLUMN challenges.object IS 'the registration or sign-in the code is for';

COMMENT ON COLUMN challenges.replaced_at IS 'a newer code took its place';

COMMENT ON COLUMN challenges.delivered_at IS 'when the operator had taken it';

CREATE TABLE clients (
	id TEXT NOT NULL,
	name_ar TEXT NOT NULL,
	name_en TEXT NOT NULL,
	channel TEXT NOT NULL,
	secret_digest TEXT,
	redirect_uris JSONB NOT NULL,
	after_sign_out_uris JSONB NOT NULL,
	scopes JSONB NOT NULL,
	any_loopback_port BOOLEAN DEFAULT false NOT NULL,
	development_only BOOLEAN DEFAULT false NOT NULL,
	CONSTRAINT pk_clients PRIMARY KEY (id)
);

COMMENT ON COLUMN clients.secret_digest IS 'absent: a public client, proved by PKCE alone';

CREATE TABLE registrations (
	id UUID NOT NULL,
	person TEXT NOT NULL,
	mobile TEXT NOT NULL,
	mobile_index TEXT NOT NULL,
	email TEXT,
	language TEXT NOT NULL,
	source_index TEXT NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	checked_at TIMESTAMP WITH TIME ZONE,
	finding TEXT,
	confirmed_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_registrations PRIMARY KEY (id)
);

CREATE INDEX ix_registrations_expires_at ON registrations (expires_at);

COMMENT ON COLUMN registrations.checked_at IS 'when the registry''s answer was acted upon';

COMMENT ON COLUMN registrations.finding IS 'why no code was sent; never told outside';

CREATE TABLE tallies (
	day DATE NOT NULL,
	what TEXT NOT NULL,
	count BIGINT NOT NULL,
	CONSTRAINT pk_tallies PRIMARY KEY (day, what)
);

CREATE TABLE bindings (
	id UUID NOT NULL,
	account_id UUID NOT NULL,
	person TEXT NOT NULL,
	mobile_index TEXT NOT NULL,
	clerk TEXT NOT NULL,
	office TEXT NOT NULL,
	bound_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_bindings PRIMARY KEY (id),
	CONSTRAINT fk_bindings_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE INDEX ix_bindings_account_id ON bindings (account_id, bound_at);

CREATE TABLE links (
	id UUID NOT NULL,
	digest TEXT NOT NULL,
	purpose TEXT NOT NULL,
	account_id UUID NOT NULL,
	person TEXT NOT NULL,
	totp_seed TEXT NOT NULL,
	guesses INTEGER DEFAULT '0' NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_links PRIMARY KEY (id),
	CONSTRAINT uq_links_digest UNIQUE (digest),
	CONSTRAINT fk_links_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);

COMMENT ON COLUMN links.totp_seed IS 'shown on the page; becomes the account''s when proved';

CREATE TABLE sessions (
	id UUID NOT NULL,
	account_id UUID NOT NULL,
	person TEXT NOT NULL,
	token_digest TEXT NOT NULL,
	second TEXT NOT NULL,
	device TEXT NOT NULL,
	signed_in_at TIMESTAMP WITH TIME ZONE NOT NULL,
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	idle_seconds INTEGER NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	ended_by TEXT,
	CONSTRAINT pk_sessions PRIMARY KEY (id),
	CONSTRAINT fk_sessions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_sessions_token_digest UNIQUE (token_digest)
);

CREATE INDEX ix_sessions_account_id ON sessions (account_id) WHERE ended_at is null;

CREATE INDEX ix_sessions_person ON sessions (person, id);

COMMENT ON COLUMN sessions.device IS 'family of browser and system, coarse';

CREATE TABLE sign_ins (
	id UUID NOT NULL,
	account_id UUID NOT NULL,
	person TEXT NOT NULL,
	browser_index TEXT NOT NULL,
	second TEXT NOT NULL,
	next TEXT NOT NULL,
	language TEXT NOT NULL,
	codes_sent INTEGER DEFAULT '0' NOT NULL,
	guesses INTEGER DEFAULT '0' NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	done_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_sign_ins PRIMARY KEY (id),
	CONSTRAINT fk_sign_ins_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE INDEX ix_sign_ins_browser_index ON sign_ins (browser_index, opened_at);

CREATE INDEX ix_sign_ins_expires_at ON sign_ins (expires_at);

COMMENT ON COLUMN sign_ins.browser_index IS 'digest of the cookie that may go on with it';

COMMENT ON COLUMN sign_ins.second IS 'sms or totp';

CREATE TABLE authorisation_codes (
	digest TEXT NOT NULL,
	client_id TEXT NOT NULL,
	account_id UUID NOT NULL,
	person TEXT NOT NULL,
	session_id UUID NOT NULL,
	family UUID NOT NULL,
	redirect_uri TEXT NOT NULL,
	scope TEXT NOT NULL,
	nonce TEXT,
	code_challenge TEXT NOT NULL,
	signed_in_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_authorisation_codes PRIMARY KEY (digest),
	CONSTRAINT fk_authorisation_codes_client_id FOREIGN KEY(client_id) REFERENCES clients (id),
	CONSTRAINT fk_authorisation_codes_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_authorisation_codes_session_id FOREIGN KEY(session_id) REFERENCES sessions (id)
);

CREATE INDEX ix_authorisation_codes_expires_at ON authorisation_codes (expires_at);

COMMENT ON COLUMN authorisation_codes.family IS 'of the tokens it becomes';

CREATE TABLE refresh_tokens (
	digest TEXT NOT NULL,
	family UUID NOT NULL,
	client_id TEXT NOT NULL,
	account_id UUID NOT NULL,
	person TEXT NOT NULL,
	session_id UUID NOT NULL,
	scope TEXT NOT NULL,
	issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	revoked_at TIMESTAMP WITH TIME ZONE,
	revoked_for TEXT,
	CONSTRAINT pk_refresh_tokens PRIMARY KEY (digest),
	CONSTRAINT fk_refresh_tokens_client_id FOREIGN KEY(client_id) REFERENCES clients (id),
	CONSTRAINT fk_refresh_tokens_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_refresh_tokens_session_id FOREIGN KEY(session_id) REFERENCES sessions (id)
);

CREATE INDEX ix_refresh_tokens_expires_at ON refresh_tokens (expires_at);

CREATE INDEX ix_refresh_tokens_family ON refresh_tokens (family);

CREATE INDEX ix_refresh_tokens_session_id ON refresh_tokens (session_id);

CREATE UNIQUE INDEX uq_refresh_tokens_leaf ON refresh_tokens (family) WHERE used_at is null and revoked_at is null;
