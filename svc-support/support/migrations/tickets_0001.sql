CREATE TABLE blocked_acts (
	case_id UUID NOT NULL, 
	service TEXT NOT NULL, 
	reference TEXT NOT NULL, 
	person TEXT NOT NULL, 
	applicant TEXT NOT NULL, 
	missing JSONB NOT NULL, 
	blocked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_blocked_acts PRIMARY KEY (case_id)
);

CREATE TABLE contacts (
	person TEXT NOT NULL, 
	mobile_end TEXT NOT NULL, 
	CONSTRAINT pk_contacts PRIMARY KEY (person)
);

CREATE TABLE tickets (
	service TEXT NOT NULL, 
	category TEXT NOT NULL, 
	language TEXT NOT NULL, 
	description TEXT NOT NULL, 
	case_id UUID, 
	case_reference TEXT, 
	missing JSONB NOT NULL, 
	case_is_verified BOOLEAN NOT NULL, 
	promised_on DATE NOT NULL, 
	paused_on DATE, 
	escalated_at TIMESTAMP WITH TIME ZONE, 
	tracking_index TEXT, 
	rating SMALLINT, 
	id UUID NOT NULL, 
	reference TEXT NOT NULL, 
	person TEXT NOT NULL, 
	status TEXT NOT NULL, 
	version INTEGER DEFAULT '0' NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	moved_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_tickets PRIMARY KEY (id), 
	CONSTRAINT uq_tickets_reference UNIQUE (reference)
);

CREATE INDEX ix_tickets_case_id ON tickets (case_id);

CREATE INDEX ix_tickets_person ON tickets (person, id);

CREATE INDEX ix_tickets_work ON tickets (promised_on) WHERE status <> 'closed';

COMMENT ON COLUMN tickets.missing IS 'requirements that block the case, as its service told them';

COMMENT ON COLUMN tickets.tracking_index IS 'keyed digest of reference and mobile''s last digits';

COMMENT ON COLUMN tickets.person IS 'whose record this is';

CREATE TABLE tracking_attempts (
	key TEXT NOT NULL, 
	hour TIMESTAMP WITH TIME ZONE NOT NULL, 
	attempts INTEGER NOT NULL, 
	CONSTRAINT pk_tracking_attempts PRIMARY KEY (key, hour)
);

CREATE INDEX ix_tracking_attempts_hour ON tracking_attempts (hour);

COMMENT ON COLUMN tracking_attempts.key IS 'keyed digest; neither number nor address is stored';

CREATE TABLE attachments (
	id UUID NOT NULL, 
	ticket_id UUID NOT NULL, 
	name TEXT NOT NULL, 
	media_type TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	sealed BYTEA NOT NULL, 
	scan TEXT NOT NULL, 
	attached_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_attachments PRIMARY KEY (id), 
	CONSTRAINT ck_attachments_scan CHECK (scan in ('clean','unscanned')), 
	CONSTRAINT fk_attachments_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (id)
);

CREATE INDEX ix_attachments_ticket_id ON attachments (ticket_id, id);

COMMENT ON COLUMN attachments.name IS 'as its sender called it; for display only';

COMMENT ON COLUMN attachments.sealed IS 'the bytes, encrypted';

CREATE TABLE messages (
	id UUID NOT NULL, 
	ticket_id UUID NOT NULL, 
	author TEXT NOT NULL, 
	text TEXT NOT NULL, 
	written_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_messages PRIMARY KEY (id), 
	CONSTRAINT fk_messages_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (id)
);

CREATE INDEX ix_messages_ticket_id ON messages (ticket_id, id);

COMMENT ON COLUMN messages.author IS 'applicant, specialist or system';
