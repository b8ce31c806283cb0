CREATE TABLE recoveries (
	id UUID NOT NULL,
	person TEXT NOT NULL,
	mobile_index TEXT NOT NULL,
	language TEXT NOT NULL,
	source_index TEXT NOT NULL,
	is_first BOOLEAN DEFAULT false NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	checked_at TIMESTAMP WITH TIME ZONE,
	finding TEXT,
	done_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_recoveries PRIMARY KEY (id)
);

CREATE INDEX ix_recoveries_expires_at ON recoveries (expires_at);

COMMENT ON COLUMN recoveries.is_first IS 'no password was ever set';

COMMENT ON COLUMN recoveries.checked_at IS 'when the registry''s answer was acted upon';

COMMENT ON COLUMN recoveries.finding IS 'why no code was sent; never told outside';

CREATE TABLE mobile_changes (
	id UUID NOT NULL,
	account_id UUID NOT NULL,
	person TEXT NOT NULL,
	mobile TEXT NOT NULL,
	mobile_index TEXT NOT NULL,
	before TEXT,
	session_id UUID NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	checked_at TIMESTAMP WITH TIME ZONE,
	finding TEXT,
	done_at TIMESTAMP WITH TIME ZONE,
	undo_digest TEXT,
	undo_until TIMESTAMP WITH TIME ZONE,
	undone_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_mobile_changes PRIMARY KEY (id),
	CONSTRAINT fk_mobile_changes_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_mobile_changes_undo_digest UNIQUE (undo_digest)
);

CREATE INDEX ix_mobile_changes_expires_at ON mobile_changes (expires_at);

CREATE INDEX ix_mobile_changes_person ON mobile_changes (person, id);

COMMENT ON COLUMN mobile_changes.before IS 'the mobile it takes the place of';

COMMENT ON COLUMN mobile_changes.session_id IS 'the session that asked; it alone goes on';

COMMENT ON COLUMN mobile_changes.finding IS 'why no code was sent';

CREATE TABLE registry_notices (
	message_id TEXT NOT NULL,
	person TEXT NOT NULL,
	kind TEXT NOT NULL,
	happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_registry_notices PRIMARY KEY (message_id)
);

COMMENT ON COLUMN registry_notices.kind IS 'died, stopped or changed';

ALTER TABLE accounts ADD COLUMN frozen_until TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN accounts.frozen_until IS 'no act of consequence before: the mobile has changed';
