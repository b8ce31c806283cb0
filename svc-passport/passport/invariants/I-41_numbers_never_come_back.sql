-- I-41: a booklet's number belongs to one booklet and one case, for ever.
select booklet_number as id, 'a number on two cases' as what
from applications
where booklet_number is not null
group by booklet_number
having count(*) > 1
union all
select b.number, 'a case names a booklet made for another'
from booklets b
join applications a on a.booklet_number = b.number
where b.application_id is distinct from a.id or b.person <> a.person
