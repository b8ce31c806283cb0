-- I-53: what is to leave the house ends in a final state within four hours, and a queued notice has its intent
select i.reference, i.state, i.created_at
from intents i
where i.state in ('waiting', 'sending', 'unknown') and i.created_at < clock_timestamp() - interval '4 hours'
union all
select n.reference, n.status, n.queued_at
from notices n
where n.status in ('queued', 'sent')
  and not exists (select 1 from intents i where i.reference = n.reference || '.' || n.attempts)
