-- I-56: a notice went to the verified contact its recipient had when it was queued
select n.id, n.person, n.queued_at
from notices n
join contacts c on c.id = n.contact_id
where c.person <> n.person
   or n.queued_at < c.known_from
   or (c.known_until is not null and n.queued_at > c.known_until)
