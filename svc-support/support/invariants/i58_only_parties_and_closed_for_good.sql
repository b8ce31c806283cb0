-- I-58: a ticket is acted on by its applicant and looked at or acted on by who held it then, or looked at
-- for a reason stated then; closed, it is held by
-- nobody and nothing is added to it.
with closed as (
    select t.id, m.moved_at as closed_at
    from tickets t
    join case_moves m on m.case_id = t.id and m.case_kind = 'ticket' and m.to_status = 'closed'
),
done as (
    select m.case_id::text as ticket, m.actor, m.moved_at as at, 'moved' as what
    from case_moves m where m.case_kind = 'ticket' and m.standing = 'officer'
    union all
    select t.id::text, l.actor, l.at, 'looked' from looks l join tickets t on t.reference = l.object
)
select d.ticket, d.what, d.actor, d.at
from done d
where not exists (
    select 1 from relations r
    where (r.relation = 'assignee' or (r.relation = 'stated_reason' and d.what = 'looked'))
      and r.object = d.ticket and r.subject = d.actor
      and r.starts_at <= d.at and (r.ends_at is null or r.ends_at >= d.at)
)
union all
select m.case_id::text, 'moved', m.actor, m.moved_at
from case_moves m
join tickets t on t.id = m.case_id
where m.case_kind = 'ticket' and m.standing = 'holder' and m.actor <> t.person
union all
select c.id::text, 'still held', r.subject, c.closed_at
from closed c
join relations r on r.relation = 'assignee' and r.object = c.id::text and r.ends_at is null
union all
select c.id::text, 'written after', m.author, m.written_at
from closed c
join messages m on m.ticket_id = c.id and m.written_at > c.closed_at
union all
select c.id::text, 'attached after', a.media_type, a.attached_at
from closed c
join attachments a on a.ticket_id = c.id and a.attached_at > c.closed_at
