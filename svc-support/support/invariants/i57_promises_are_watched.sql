-- I-57: a ticket of ours has its promise watched to the end of its day in Riyadh, or was escalated; it stands still
-- exactly while the applicant has the ticket, whose silence is watched instead; and it never ends on a weekend.
with watched as (
    select
        t.*,
        (t.promised_on + 1)::timestamp at time zone 'Asia/Riyadh' as ends_at,
        array(select x.kind from timers x where x.subject = t.id::text and x.state = 'armed') as armed,
        (select x.due_at from timers x
         where x.subject = t.id::text and x.state = 'armed' and x.kind = 'ticket_promise_missed') as due_at
    from tickets t
)
select reference, status, promised_on, paused_on, escalated_at, armed, due_at
from watched
where (status in ('under_processing', 'returned_from_applicant') and escalated_at is null
       and due_at is distinct from ends_at)
   or (status in ('returned_to_applicant', 'processed', 'closed') and 'ticket_promise_missed' = any (armed))
   or (status = 'returned_to_applicant' and (paused_on is null or not 'ticket_answer_awaited' = any (armed)))
   or (status in ('under_processing', 'returned_from_applicant', 'processed') and paused_on is not null)
   or (status = 'closed' and cardinality(armed) > 0)
   or (status = 'processed' and not 'ticket_close_by_silence' = any (armed))
   or extract(isodow from promised_on) in (5, 6)
   or escalated_at < ends_at
   or (escalated_at is null and due_at < clock_timestamp() - interval '1 hour')
