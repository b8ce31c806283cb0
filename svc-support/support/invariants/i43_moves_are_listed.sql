-- I-43: every status change of a ticket is an arrow of its lifecycle, made by an actor who may make it.
-- The list repeats support/domain/ticket.py; a test compares them.
with allowed (from_status, action, to_status, standing) as (values
    ('processed', 'close', 'closed', 'system'),
    ('processed', 'confirm', 'closed', 'holder'),
    ('returned_from_applicant', 'process', 'processed', 'officer'),
    ('returned_from_applicant', 'reject', 'closed', 'officer'),
    ('returned_from_applicant', 'resume', 'under_processing', 'officer'),
    ('returned_from_applicant', 'return', 'returned_to_applicant', 'officer'),
    ('returned_to_applicant', 'answer', 'returned_from_applicant', 'holder'),
    ('returned_to_applicant', 'close', 'closed', 'system'),
    ('under_processing', 'process', 'processed', 'officer'),
    ('under_processing', 'reject', 'closed', 'officer'),
    ('under_processing', 'return', 'returned_to_applicant', 'officer')
)
select m.case_id, m.version, m.from_status, m.action, m.to_status, m.standing
from case_moves m
left join allowed a using (from_status, action, to_status, standing)
where m.case_kind = 'ticket' and a.action is null
