-- I-35: the fee written on a case carries its rule's date, is what was reserved, and every entry of the books sums to zero.
select a.id::text as id, 'a fee without the date of its rule' as what
from applications a
where a.fee_minor is not null and a.fee_rule_from is null
union all
select l.reservation::text, 'an entry that does not sum to zero'
from ledger_lines l
group by l.reservation, l.entry
having sum(l.amount_minor) <> 0
union all
select l.reservation::text, 'reserved and both consumed and released'
from ledger_lines l
where l.entry in ('consume', 'release') and l.account = 'reserved'
group by l.reservation
having count(*) > 1
