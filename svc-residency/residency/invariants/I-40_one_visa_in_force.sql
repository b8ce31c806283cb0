-- I-40: one visa in force and one open renewal per person, and a residence runs as long as its last renewal said.
select person as id, 'more than one visa in force' as what
from exit_reentry_visas
where status in ('verifying', 'issuing', 'issued')
group by person
having count(*) > 1
union all
select person, 'more than one open renewal'
from iqama_renewals
where status not in ('renewed', 'withdrawn', 'expired')
group by person
having count(*) > 1
union all
select n.id::text, 'renewed, and the residence is shorter'
from iqama_renewals n
left join residences r on r.person = n.person
where n.status = 'renewed' and (r.valid_until is null or r.valid_until < n.valid_until)
