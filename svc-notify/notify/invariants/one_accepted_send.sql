-- I-53: at most one accepted sending for each attempt, and none of a notice that was muted, lapsed or kept in the inbox
select i.reference, count(*) as sendings
from intents i
where i.kind in ('sms.send', 'email.send') and i.state = 'done'
group by i.reference
having count(*) > 1
union all
select i.reference, 1
from intents i
join notices n on split_part(i.reference, '.', 1) = n.reference
where i.kind in ('sms.send', 'email.send') and (n.channel = 'inbox' or n.status in ('muted', 'lapsed', 'selected'))
