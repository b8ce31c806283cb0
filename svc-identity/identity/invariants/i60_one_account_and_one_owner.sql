-- I-60: one account per person, one active owner per mobile, no person active without somebody who bound the mobile, and
-- nobody active without a password but those activated by a batch, who set theirs at their first sign-in.
select 'two accounts' as what, min(reference) as which
from accounts
group by person
having count(*) > 1
union all
select 'two owners of a mobile', min(reference)
from accounts
where status = 'active' and mobile_index is not null
group by mobile_index
having count(*) > 1
union all
select 'active and never bound', a.reference
from accounts a
where a.status = 'active' and a.kind <> 'staff'
    and not exists (select 1 from bindings b where b.account_id = a.id and b.mobile_index = a.mobile_index)
union all
select 'active without a password', a.reference
from accounts a
where a.status = 'active' and (
    (a.kind = 'staff' and a.totp_seed is null)
    or (a.password_hash is null and not exists (
        select 1 from bindings b where b.account_id = a.id and b.batch_id is not null
    ))
)
