CREATE TABLE acts (
	id UUID NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor TEXT NOT NULL, 
	standing TEXT NOT NULL, 
	person TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	action TEXT NOT NULL, 
	object TEXT NOT NULL, 
	reason TEXT, 
	rules JSONB DEFAULT '{}' NOT NULL, 
	request_id TEXT, 
	CONSTRAINT pk_acts PRIMARY KEY (id)
);

CREATE INDEX ix_acts_person ON acts (person, at);

CREATE TABLE case_moves (
	id UUID NOT NULL, 
	case_kind TEXT NOT NULL, 
	case_id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	action TEXT NOT NULL, 
	from_status TEXT NOT NULL, 
	to_status TEXT NOT NULL, 
	standing TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	reason TEXT, 
	moved_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_case_moves PRIMARY KEY (id), 
	CONSTRAINT uq_case_moves_case_kind_case_id_version UNIQUE (case_kind, case_id, version)
);

CREATE TABLE event_streams (
	aggregate TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_event_streams PRIMARY KEY (aggregate)
);

CREATE TABLE facts (
	subject TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	value JSONB, 
	source TEXT NOT NULL, 
	reference TEXT, 
	asked_at TIMESTAMP WITH TIME ZONE, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_facts PRIMARY KEY (subject, kind)
);

CREATE TABLE idempotency (
	subject TEXT NOT NULL, 
	client TEXT NOT NULL, 
	route TEXT NOT NULL, 
	key TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	owner TEXT, 
	status INTEGER, 
	body BYTEA, 
	headers JSONB, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT pk_idempotency PRIMARY KEY (subject, client, route, key)
);

CREATE INDEX ix_idempotency_created_at ON idempotency (created_at);

COMMENT ON COLUMN idempotency.owner IS 'whose record the answer tells of; sight is checked again';

CREATE TABLE inbox (
	event_id UUID NOT NULL, 
	type TEXT NOT NULL, 
	aggregate TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	body JSONB, 
	traceparent TEXT, 
	occurred_at TIMESTAMP WITH TIME ZONE, 
	error TEXT, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	next_attempt_at TIMESTAMP WITH TIME ZONE, 
	received_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_inbox PRIMARY KEY (event_id), 
	CONSTRAINT ck_inbox_state CHECK (state in ('applied','superseded','parked','dead','discarded'))
);

CREATE INDEX ix_inbox_held ON inbox (aggregate, version) WHERE state in ('parked','dead');

CREATE INDEX ix_inbox_waiting ON inbox (next_attempt_at) WHERE state = 'parked';

COMMENT ON COLUMN inbox.body IS 'kept while parked or dead';

CREATE TABLE inbox_positions (
	aggregate TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_inbox_positions PRIMARY KEY (aggregate)
);

CREATE TABLE intents (
	id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	reference TEXT NOT NULL, 
	body JSONB NOT NULL, 
	sealed TEXT, 
	lane SMALLINT DEFAULT '5' NOT NULL, 
	state TEXT DEFAULT 'waiting' NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	fence INTEGER DEFAULT '0' NOT NULL, 
	lease_until TIMESTAMP WITH TIME ZONE, 
	next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE, 
	outcome JSONB, 
	error TEXT, 
	traceparent TEXT, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_intents PRIMARY KEY (id), 
	CONSTRAINT ck_intents_state CHECK (state in ('waiting','sending','unknown','done','refused','expired','dead')), 
	CONSTRAINT uq_intents_reference UNIQUE (reference)
);

CREATE INDEX ix_intents_dead ON intents (kind) WHERE state = 'dead';

CREATE INDEX ix_intents_due ON intents (lane, next_attempt_at) WHERE state in ('waiting','sending','unknown');

COMMENT ON COLUMN intents.reference IS 'stable name the other side knows it by';

COMMENT ON COLUMN intents.sealed IS 'the part that only the sender may read, encrypted';

COMMENT ON COLUMN intents.lane IS 'lower goes first';

CREATE TABLE ledger_lines (
	id UUID NOT NULL, 
	reservation UUID NOT NULL, 
	entry TEXT NOT NULL, 
	account TEXT NOT NULL, 
	amount_minor BIGINT NOT NULL, 
	entered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_ledger_lines PRIMARY KEY (id), 
	CONSTRAINT uq_ledger_lines_reservation_entry_account UNIQUE (reservation, entry, account), 
	CONSTRAINT ck_ledger_lines_entry CHECK (entry in ('reserve','consume','release','charge'))
);

CREATE UNIQUE INDEX uq_ledger_lines_closing ON ledger_lines (reservation, account) WHERE entry in ('consume','release') and account = 'reserved';

CREATE TABLE looks (
	id UUID NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor TEXT NOT NULL, 
	standing TEXT NOT NULL, 
	person TEXT NOT NULL, 
	object TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	request_id TEXT, 
	CONSTRAINT pk_looks PRIMARY KEY (id)
);

CREATE INDEX ix_looks_person ON looks (person, at);

CREATE TABLE outbox (
	id BIGINT GENERATED ALWAYS AS IDENTITY, 
	event_id UUID NOT NULL, 
	type TEXT NOT NULL, 
	aggregate TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	partition SMALLINT NOT NULL, 
	body JSONB NOT NULL, 
	traceparent TEXT, 
	occurred_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	published_at TIMESTAMP WITH TIME ZONE, 
	held_back TEXT, 
	CONSTRAINT pk_outbox PRIMARY KEY (id), 
	CONSTRAINT uq_outbox_aggregate_version UNIQUE (aggregate, version), 
	CONSTRAINT uq_outbox_event_id UNIQUE (event_id)
);

CREATE INDEX ix_outbox_unpublished ON outbox (id) WHERE published_at is null;

COMMENT ON COLUMN outbox.held_back IS 'why the last try to publish failed';

CREATE TABLE relations (
	id UUID NOT NULL, 
	relation TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	object TEXT NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE, 
	source TEXT NOT NULL, 
	learned_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT pk_relations PRIMARY KEY (id), 
	CONSTRAINT ck_relations_interval CHECK (ends_at is null or ends_at >= starts_at)
);

CREATE INDEX ix_relations_object ON relations (object, relation);

CREATE INDEX ix_relations_subject ON relations (subject, relation, object);

COMMENT ON COLUMN relations.source IS 'who keeps the original: a service, or local';

CREATE TABLE timers (
	id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	state TEXT DEFAULT 'armed' NOT NULL, 
	fence INTEGER DEFAULT '0' NOT NULL, 
	lease_until TIMESTAMP WITH TIME ZONE, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	error TEXT, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_timers PRIMARY KEY (id), 
	CONSTRAINT ck_timers_state CHECK (state in ('armed','fired','disarmed','dead'))
);

CREATE INDEX ix_timers_dead ON timers (kind) WHERE state = 'dead';

CREATE INDEX ix_timers_due ON timers (due_at) WHERE state = 'armed';

CREATE UNIQUE INDEX uq_timers_armed ON timers (kind, subject) WHERE state = 'armed';

create function app_sees(owner text) returns boolean language sql stable as $$
    select coalesce(current_setting('app.standing', true), '') in ('system', 'staff')
        or (coalesce(current_setting('app.standing', true), '') = 'person' and (
            owner = current_setting('app.subject', true)
            or exists (
                select 1 from relations r
                where r.subject = current_setting('app.subject', true) and r.object = owner
                  and r.starts_at <= coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now())
                  and (r.ends_at is null
                       or r.ends_at > coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()))
            )))
$$;

create function app_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are only ever added', tg_table_name using errcode = '42501';
end $$;
