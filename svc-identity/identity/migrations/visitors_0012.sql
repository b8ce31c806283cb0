ALTER TABLE registrations ADD COLUMN proved_by_passport BOOLEAN DEFAULT false NOT NULL;

COMMENT ON COLUMN registrations.proved_by_passport IS 'the registry has number, nationality and birth date as given';

COMMENT ON COLUMN registrations.person IS 'empty until the registry has named the visitor of a passport';

ALTER TABLE accounts ADD COLUMN email_verified_at TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN accounts.email_verified_at IS 'when a code sent to it came back';

CREATE TABLE email_changes (
	id UUID NOT NULL,
	account_id UUID NOT NULL,
	person TEXT NOT NULL,
	email TEXT NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	done_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_email_changes PRIMARY KEY (id),
	CONSTRAINT fk_email_changes_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE INDEX ix_email_changes_person ON email_changes (person, id);

CREATE INDEX ix_email_changes_expires_at ON email_changes (expires_at);
