-- I-32: every entry of the books sums to zero, and what was reserved is consumed or released, once and in full.
select reservation::text as id, 'an entry that does not sum to zero' as what
from ledger_lines
group by reservation, entry
having sum(amount_minor) <> 0
union all
select reservation::text, 'closed more than once'
from ledger_lines
where entry in ('consume', 'release') and account = 'reserved'
group by reservation
having count(*) > 1
union all
select closing.reservation::text, 'closed with another amount than was reserved'
from ledger_lines closing
left join ledger_lines opening
    on opening.reservation = closing.reservation and opening.entry = 'reserve' and opening.account = 'reserved'
where closing.entry in ('consume', 'release') and closing.account = 'reserved'
  and coalesce(opening.amount_minor, 0) <> -closing.amount_minor
