CREATE TABLE establishments (
	number TEXT NOT NULL,
	name_ar TEXT NOT NULL,
	name_en TEXT NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	opened_by TEXT NOT NULL,
	CONSTRAINT pk_establishments PRIMARY KEY (number)
);

CREATE TABLE memberships (
	establishment TEXT NOT NULL,
	role TEXT NOT NULL,
	branch TEXT,
	invited_by TEXT NOT NULL,
	approved_by TEXT,
	relation_id UUID,
	id UUID NOT NULL,
	reference TEXT NOT NULL,
	person TEXT NOT NULL,
	status TEXT NOT NULL,
	version INTEGER DEFAULT '0' NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_memberships PRIMARY KEY (id),
	CONSTRAINT ck_memberships_two_people CHECK (role not in ('owner','signatory') or approved_by is null or approved_by <> invited_by),
	CONSTRAINT fk_memberships_establishment FOREIGN KEY(establishment) REFERENCES establishments (number),
	CONSTRAINT uq_memberships_reference UNIQUE (reference)
);

CREATE INDEX ix_memberships_person ON memberships (person, id);

CREATE UNIQUE INDEX uq_memberships_open ON memberships (establishment, person, role, coalesce(branch, '')) WHERE status in ('proposed','invited','member');

COMMENT ON COLUMN memberships.branch IS 'absent: every branch';

COMMENT ON COLUMN memberships.relation_id IS 'the open relation it became';

COMMENT ON COLUMN memberships.person IS 'whose record this is';
