CREATE SEQUENCE booklet_serial;

CREATE SEQUENCE label_serial;

CREATE TABLE balances (
    person TEXT NOT NULL,
    service_code TEXT NOT NULL,
    available_minor BIGINT NOT NULL,
    reserved_minor BIGINT NOT NULL,
    CONSTRAINT pk_balances PRIMARY KEY (person, service_code),
    CONSTRAINT ck_balances_available_not_negative CHECK (available_minor >= 0),
    CONSTRAINT ck_balances_reserved_not_negative CHECK (reserved_minor >= 0)
);

CREATE TABLE booklets (
    number TEXT NOT NULL,
    reference TEXT NOT NULL,
    kind TEXT NOT NULL,
    allotted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_booklets PRIMARY KEY (number),
    CONSTRAINT uq_booklets_reference UNIQUE (reference)
);

CREATE TABLE deposits (
    reference TEXT NOT NULL,
    person TEXT NOT NULL,
    service_code TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    deposited_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_deposits PRIMARY KEY (reference),
    CONSTRAINT ck_deposits_amount_positive CHECK (amount_minor > 0)
);

CREATE TABLE items (
    reference TEXT NOT NULL,
    s10 TEXT NOT NULL,
    digest TEXT NOT NULL,
    order_reference TEXT NOT NULL,
    person TEXT NOT NULL,
    recipient TEXT NOT NULL,
    short_address TEXT NOT NULL,
    mobile TEXT NOT NULL,
    ordered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_items PRIMARY KEY (reference),
    CONSTRAINT uq_items_s10 UNIQUE (s10)
);

CREATE TABLE letters (
    message_id TEXT NOT NULL,
    mailbox TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    language TEXT,
    text TEXT NOT NULL,
    html TEXT,
    headers JSONB NOT NULL,
    copies INTEGER NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_letters PRIMARY KEY (message_id, mailbox)
);

CREATE INDEX ix_letters_mailbox ON letters (mailbox, received_at);

CREATE TABLE movements (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    port TEXT NOT NULL,
    moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_movements PRIMARY KEY (id),
    CONSTRAINT ck_movements_kind_known CHECK (kind in ('exit', 'entry'))
);

CREATE INDEX ix_movements_person ON movements (person, id);

CREATE TABLE paid_dues (
    person TEXT NOT NULL,
    number TEXT NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_paid_dues PRIMARY KEY (person, number)
);

CREATE TABLE payments (
    sequence TEXT NOT NULL,
    digest TEXT NOT NULL,
    kind TEXT NOT NULL,
    person TEXT,
    service_code TEXT,
    amount_minor BIGINT,
    reservation TEXT,
    refused_slug TEXT,
    refused_details JSONB,
    reference TEXT NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    arrives_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payments PRIMARY KEY (sequence),
    CONSTRAINT fk_payments_reservation FOREIGN KEY(reservation) REFERENCES payments (sequence)
);

CREATE INDEX ix_payments_person ON payments (person);

CREATE UNIQUE INDEX uq_payments_settled_once ON payments (reservation) WHERE reservation is not null and refused_slug is null;

CREATE TABLE text_parts (
    message_id TEXT NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    reference TEXT,
    copy INTEGER NOT NULL,
    source TEXT NOT NULL,
    mobile TEXT NOT NULL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    data_coding INTEGER NOT NULL,
    octets BYTEA NOT NULL,
    state TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    receipt_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_text_parts PRIMARY KEY (message_id),
    CONSTRAINT uq_text_parts_seq UNIQUE (seq)
);

CREATE INDEX ix_text_parts_mobile ON text_parts (mobile);

CREATE INDEX ix_text_parts_reference ON text_parts (reference);

COMMENT ON COLUMN text_parts.copy IS 'how often this part of the reference had come before';

CREATE TABLE world (
    id SMALLSERIAL NOT NULL,
    began_on DATE NOT NULL,
    CONSTRAINT pk_world PRIMARY KEY (id),
    CONSTRAINT ck_world_only_one CHECK (id = 1)
);

CREATE TABLE prints (
    reference TEXT NOT NULL,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    person TEXT NOT NULL,
    digest TEXT NOT NULL,
    mrz_lines JSONB NOT NULL,
    order_reference TEXT NOT NULL,
    spoiled BOOLEAN NOT NULL,
    ordered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ready_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_prints PRIMARY KEY (reference),
    CONSTRAINT uq_prints_number UNIQUE (number),
    CONSTRAINT fk_prints_number FOREIGN KEY(number) REFERENCES booklets (number)
);

CREATE INDEX ix_prints_person ON prints (person);

CREATE TABLE scans (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    s10 TEXT NOT NULL,
    kind TEXT NOT NULL,
    scanned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    code TEXT,
    old_document TEXT,
    message_id TEXT NOT NULL,
    tries INTEGER NOT NULL,
    answer_code INTEGER,
    answer JSONB,
    told_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_scans PRIMARY KEY (id),
    CONSTRAINT fk_scans_s10 FOREIGN KEY(s10) REFERENCES items (s10),
    CONSTRAINT uq_scans_message_id UNIQUE (message_id)
);

CREATE INDEX ix_scans_s10 ON scans (s10);

CREATE INDEX ix_scans_untold ON scans (id) WHERE told_at is null;

CREATE TABLE searches (
    s10 TEXT NOT NULL,
    reference TEXT NOT NULL,
    finding TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    over_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_searches PRIMARY KEY (s10),
    CONSTRAINT fk_searches_s10 FOREIGN KEY(s10) REFERENCES items (s10)
)
