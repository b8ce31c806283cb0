CREATE TABLE contacts (
	person TEXT NOT NULL,
	mobile TEXT NOT NULL,
	language TEXT NOT NULL,
	CONSTRAINT pk_contacts PRIMARY KEY (person)
);

CREATE TABLE hand_overs (
	id UUID NOT NULL,
	reference TEXT NOT NULL,
	office TEXT NOT NULL,
	clerk TEXT NOT NULL,
	handed_over_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_hand_overs PRIMARY KEY (id),
	CONSTRAINT uq_hand_overs_reference UNIQUE (reference)
);

CREATE TABLE offices (
	code TEXT NOT NULL,
	kind TEXT NOT NULL,
	name_ar TEXT NOT NULL,
	name_en TEXT NOT NULL,
	city_ar TEXT NOT NULL,
	city_en TEXT NOT NULL,
	hours JSONB NOT NULL,
	walk_in BOOLEAN DEFAULT true NOT NULL,
	CONSTRAINT pk_offices PRIMARY KEY (code),
	CONSTRAINT ck_offices_kind CHECK (kind in ('directorate','mall','airport'))
);

CREATE TABLE shipments (
	case_id UUID NOT NULL,
	case_reference TEXT NOT NULL,
	document_number TEXT NOT NULL,
	recipient TEXT NOT NULL,
	short_address TEXT NOT NULL,
	collect_old_number TEXT,
	reissue BOOLEAN DEFAULT false NOT NULL,
	ordered_from_post_at TIMESTAMP WITH TIME ZONE,
	orders INTEGER DEFAULT '0' NOT NULL,
	order_refused TEXT,
	envelope TEXT,
	office TEXT,
	hand_over_id UUID,
	packed_at TIMESTAMP WITH TIME ZONE,
	handed_over_at TIMESTAMP WITH TIME ZONE,
	promised_by TIMESTAMP WITH TIME ZONE,
	overdue_at TIMESTAMP WITH TIME ZONE,
	last_scan_at TIMESTAMP WITH TIME ZONE,
	attempts INTEGER DEFAULT '0' NOT NULL,
	held_until TIMESTAMP WITH TIME ZONE,
	delivered_at TIMESTAMP WITH TIME ZONE,
	proof TEXT,
	old_document TEXT DEFAULT 'none' NOT NULL,
	id UUID NOT NULL,
	reference TEXT NOT NULL,
	person TEXT NOT NULL,
	status TEXT NOT NULL,
	version INTEGER DEFAULT '0' NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_shipments PRIMARY KEY (id),
	CONSTRAINT ck_shipments_proof CHECK (status <> 'delivered' or proof is not null),
	CONSTRAINT ck_shipments_old_document CHECK (old_document in ('none','expected','collected','returned')),
	CONSTRAINT uq_shipments_envelope UNIQUE (envelope),
	CONSTRAINT fk_shipments_hand_over_id FOREIGN KEY(hand_over_id) REFERENCES hand_overs (id),
	CONSTRAINT uq_shipments_reference UNIQUE (reference)
);

CREATE INDEX ix_shipments_case_id ON shipments (case_id);

CREATE INDEX ix_shipments_person ON shipments (person, id);

CREATE INDEX ix_shipments_status ON shipments (status, id);

CREATE UNIQUE INDEX uq_shipments_live_document ON shipments (document_number) WHERE status not in ('lost','cancelled','returned_to_source','ordered_again');

COMMENT ON COLUMN shipments.case_id IS 'the application whose document this is';

COMMENT ON COLUMN shipments.collect_old_number IS 'the document to be collected at the door';

COMMENT ON COLUMN shipments.ordered_from_post_at IS 'when the order was first written';

COMMENT ON COLUMN shipments.orders IS 'how often it was ordered from the post';

COMMENT ON COLUMN shipments.order_refused IS 'the post''s slug, while the order stands refused';

COMMENT ON COLUMN shipments.envelope IS 'the post''s S10 identifier';

COMMENT ON COLUMN shipments.office IS 'where it was packed and where an old document comes back to';

COMMENT ON COLUMN shipments.overdue_at IS 'when the promise was found broken';

COMMENT ON COLUMN shipments.last_scan_at IS 'by the carrier''s clock; older scans change nothing';

COMMENT ON COLUMN shipments.proof IS 'the signed scan whose door code was right';

COMMENT ON COLUMN shipments.person IS 'whose record this is';

CREATE TABLE custody (
	id UUID NOT NULL,
	shipment_id UUID NOT NULL,
	item TEXT NOT NULL,
	step INTEGER NOT NULL,
	given_by TEXT NOT NULL,
	taken_by TEXT NOT NULL,
	office TEXT,
	evidence TEXT NOT NULL,
	passed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_custody PRIMARY KEY (id),
	CONSTRAINT uq_custody_shipment_id_item_step UNIQUE (shipment_id, item, step),
	CONSTRAINT ck_custody_item CHECK (item in ('document','old_document')),
	CONSTRAINT ck_custody_given_by CHECK (given_by in ('printer','office','carrier','holder')),
	CONSTRAINT ck_custody_taken_by CHECK (taken_by in ('office','carrier','holder','nobody')),
	CONSTRAINT fk_custody_shipment_id FOREIGN KEY(shipment_id) REFERENCES shipments (id)
);

COMMENT ON COLUMN custody.evidence IS 'the manifest or the signed scan that says so';

CREATE TABLE door_codes (
	shipment_id UUID NOT NULL,
	round INTEGER NOT NULL,
	digest TEXT NOT NULL,
	guesses INTEGER DEFAULT '0' NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_door_codes PRIMARY KEY (shipment_id),
	CONSTRAINT fk_door_codes_shipment_id FOREIGN KEY(shipment_id) REFERENCES shipments (id)
);

CREATE TABLE scans (
	message_id TEXT NOT NULL,
	envelope TEXT NOT NULL,
	kind TEXT NOT NULL,
	office TEXT,
	scanned_at TIMESTAMP WITH TIME ZONE NOT NULL,
	received_at TIMESTAMP WITH TIME ZONE NOT NULL,
	shipment_id UUID,
	verdict TEXT NOT NULL,
	reason TEXT,
	settled_by TEXT,
	settled_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_scans PRIMARY KEY (message_id),
	CONSTRAINT ck_scans_verdict CHECK (verdict in ('taken','applied','known','superseded','parked','refused')),
	CONSTRAINT fk_scans_shipment_id FOREIGN KEY(shipment_id) REFERENCES shipments (id)
);

CREATE INDEX ix_scans_parked ON scans (received_at) WHERE verdict = 'parked' and settled_at is null;

CREATE INDEX ix_scans_shipment_id ON scans (shipment_id);

COMMENT ON COLUMN scans.reason IS 'why it was not applied';

COMMENT ON COLUMN scans.settled_by IS 'the member of staff who looked at a parked scan';
