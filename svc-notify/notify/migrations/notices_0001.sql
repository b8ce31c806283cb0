CREATE TABLE contacts (
    id UUID NOT NULL,
    person TEXT NOT NULL,
    account_id UUID NOT NULL,
    mobile TEXT NOT NULL,
    mobile_index TEXT NOT NULL,
    email TEXT,
    email_index TEXT,
    language TEXT NOT NULL,
    known_from TIMESTAMP WITH TIME ZONE NOT NULL,
    known_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_contacts PRIMARY KEY (id),
    CONSTRAINT ck_contacts_interval CHECK (known_until is null or known_until >= known_from),
    CONSTRAINT ck_contacts_language CHECK (language in ('ar','en'))
);

CREATE INDEX ix_contacts_mobile_index ON contacts (mobile_index);

CREATE UNIQUE INDEX uq_contacts_present ON contacts (person) WHERE known_until is null;

CREATE TABLE preferences (
    person TEXT NOT NULL,
    muted JSONB NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_preferences PRIMARY KEY (person)
);

CREATE TABLE tellings (
    event_id UUID NOT NULL,
    event TEXT NOT NULL,
    person TEXT NOT NULL,
    applicant TEXT,
    channels JSONB NOT NULL,
    words JSONB NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_tellings PRIMARY KEY (event_id)
);

CREATE INDEX ix_tellings_person_told_at ON tellings (person, told_at);

COMMENT ON COLUMN tellings.person IS 'whose record changed';

COMMENT ON COLUMN tellings.applicant IS 'who acted for them, where the event says so';

COMMENT ON COLUMN tellings.channels IS 'by the dated rule of that day';

COMMENT ON COLUMN tellings.words IS 'what the texts fill in, by language';

CREATE TABLE notices (
    event_id UUID NOT NULL,
    about TEXT NOT NULL,
    standing TEXT NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    critical BOOLEAN NOT NULL,
    title JSONB NOT NULL,
    texts JSONB NOT NULL,
    contact_id UUID,
    language TEXT,
    attempts INTEGER DEFAULT '0' NOT NULL,
    parts SMALLINT,
    heard JSONB DEFAULT '{}' NOT NULL,
    asks SMALLINT DEFAULT '0' NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    queued_at TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    delivered_at TIMESTAMP WITH TIME ZONE,
    error TEXT,
    read_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    reference TEXT NOT NULL,
    person TEXT NOT NULL,
    status TEXT NOT NULL,
    version INTEGER DEFAULT '0' NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_notices PRIMARY KEY (id),
    CONSTRAINT uq_notices_event_id_person_channel UNIQUE (event_id, person, channel),
    CONSTRAINT ck_notices_channel CHECK (channel in ('sms','email','inbox')),
    CONSTRAINT ck_notices_status CHECK (status in ('selected','muted','queued','sent','delivered','failed','lapsed','dead')),
    CONSTRAINT fk_notices_event_id FOREIGN KEY(event_id) REFERENCES tellings (event_id),
    CONSTRAINT fk_notices_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id),
    CONSTRAINT uq_notices_reference UNIQUE (reference)
);

CREATE INDEX ix_notices_due ON notices (due_at) WHERE due_at is not null;

CREATE INDEX ix_notices_inbox ON notices (person, id) WHERE channel = 'inbox';

CREATE INDEX ix_notices_moved_at ON notices (channel, status, moved_at);

CREATE INDEX ix_notices_waiting ON notices (person) WHERE status = 'selected';

COMMENT ON COLUMN notices.texts IS 'what is said, in both languages, for good';

COMMENT ON COLUMN notices.parts IS 'SMS parts of the last attempt';

COMMENT ON COLUMN notices.heard IS 'receipts of the last attempt, by the id the operator gave';

COMMENT ON COLUMN notices.due_at IS 'when the sweep looks at it again';

COMMENT ON COLUMN notices.person IS 'whose record this is';
