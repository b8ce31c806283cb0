-- I-40: one active passport per person.
select person as id, 'more than one active passport' as what
from booklets
where status = 'active'
group by person
having count(*) > 1
