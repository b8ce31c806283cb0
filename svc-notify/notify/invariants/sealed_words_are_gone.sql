-- I-54: nothing is sent after its expiry, and no number or text stays behind in the clear or after it was sent
select i.reference, i.state
from intents i
where (i.state = 'done' and i.expires_at is not null and i.settled_at > i.expires_at)
   or (i.state in ('done', 'refused', 'expired') and i.sealed is not null)
   or i.body ?| array['to', 'text', 'mobile', 'email', 'subject']
