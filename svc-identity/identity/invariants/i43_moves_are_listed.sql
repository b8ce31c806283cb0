-- I-43: every status change of an account is an arrow of its lifecycle, made by an actor who may make it.
-- The list repeats identity/domain/account.py; a test compares them.
with allowed (from_status, action, to_status, standing) as (values
    ('active', 'suspend', 'suspended', 'administrator'),
    ('active', 'suspend', 'suspended', 'system'),
    ('lapsed', 'register', 'registered', 'holder'),
    ('registered', 'activate', 'active', 'clerk'),
    ('registered', 'activate', 'active', 'client'),
    ('registered', 'activate', 'active', 'holder'),
    ('registered', 'activate', 'active', 'officer'),
    ('registered', 'activate', 'active', 'operator'),
    ('registered', 'enrol', 'active', 'holder'),
    ('registered', 'lapse', 'lapsed', 'system'),
    ('registered', 'suspend', 'suspended', 'administrator'),
    ('registered', 'suspend', 'suspended', 'system'),
    ('suspended', 'restore', 'active', 'administrator')
)
select m.case_id, m.version, m.action
from case_moves m
where m.case_kind = 'account'
    and (m.from_status, m.action, m.to_status, m.standing) not in (select * from allowed)
