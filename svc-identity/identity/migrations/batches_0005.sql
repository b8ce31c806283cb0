CREATE TABLE activation_batches (
	id UUID NOT NULL,
	reference TEXT NOT NULL,
	person TEXT NOT NULL,
	standing TEXT NOT NULL,
	channel TEXT NOT NULL,
	office TEXT NOT NULL,
	rows INTEGER NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	released_at TIMESTAMP WITH TIME ZONE,
	released_by TEXT,
	finished_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_activation_batches PRIMARY KEY (id),
	CONSTRAINT ck_activation_batches_two_people CHECK (released_by is null or released_by <> person or standing = 'client'),
	CONSTRAINT uq_activation_batches_reference UNIQUE (reference)
);

CREATE INDEX ix_activation_batches_person ON activation_batches (person, id);

COMMENT ON COLUMN activation_batches.person IS 'who handed it in: a member of staff or a client';

COMMENT ON COLUMN activation_batches.standing IS 'officer, operator or client';

COMMENT ON COLUMN activation_batches.channel IS 'where the people in it proved themselves';

CREATE TABLE activation_rows (
	batch_id UUID NOT NULL,
	line INTEGER NOT NULL,
	handed_in_by TEXT NOT NULL,
	number TEXT NOT NULL,
	mobile TEXT,
	language TEXT NOT NULL,
	state TEXT NOT NULL,
	reasons JSONB DEFAULT '[]' NOT NULL,
	account_id UUID,
	attempts INTEGER DEFAULT '0' NOT NULL,
	fence INTEGER DEFAULT '0' NOT NULL,
	lease_until TIMESTAMP WITH TIME ZONE,
	next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
	settled_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_activation_rows PRIMARY KEY (batch_id, line),
	CONSTRAINT ck_activation_rows_state CHECK (state in ('held','waiting','working','activated','refused')),
	CONSTRAINT ck_activation_rows_mobile_goes CHECK ((state in ('activated','refused')) = (mobile is null and settled_at is not null)),
	CONSTRAINT ck_activation_rows_activated_is_an_account CHECK ((state = 'activated') = (account_id is not null)),
	CONSTRAINT fk_activation_rows_batch_id FOREIGN KEY(batch_id) REFERENCES activation_batches (id)
);

CREATE INDEX ix_activation_rows_open ON activation_rows (next_attempt_at, batch_id, line) WHERE state in ('waiting','working');

COMMENT ON COLUMN activation_rows.line IS 'of the file, from 1';

COMMENT ON COLUMN activation_rows.reasons IS 'why it was refused, as slugs';

ALTER TABLE bindings ADD COLUMN channel TEXT DEFAULT 'office' NOT NULL;

ALTER TABLE bindings ADD COLUMN batch_id UUID;

COMMENT ON COLUMN bindings.office IS 'the office, or the client whose proof it was';

COMMENT ON COLUMN bindings.channel IS 'where they proved themselves';

COMMENT ON COLUMN bindings.batch_id IS 'the batch it came with';
