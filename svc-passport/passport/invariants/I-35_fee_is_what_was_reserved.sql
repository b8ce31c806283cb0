-- I-35: the fee on a case carries its rule's date and is what the books reserved; the books agree with the case and sum to zero.
select a.id::text as id, 'a fee without the date of its rule' as what
from applications a
where a.fee_minor is not null and a.fee_rule_from is null
union all
select a.id::text, 'the case and the books disagree'
from applications a
cross join lateral (
    select
        coalesce(sum(l.amount_minor) filter (where l.entry = 'reserve' and l.account = 'reserved'), 0) as reserved,
        count(*) filter (where l.entry = 'consume' and l.account = 'reserved') as consumed,
        count(*) filter (where l.entry = 'release' and l.account = 'reserved') as released
    from ledger_lines l where l.reservation = a.fee_reservation
) books
where (books.reserved, books.consumed, books.released) is distinct from
    case a.fee_state
        when 'reserved' then (a.fee_minor::numeric, 0::bigint, 0::bigint)
        when 'consumed' then (a.fee_minor::numeric, 1::bigint, 0::bigint)
        when 'released' then (a.fee_minor::numeric, 0::bigint, 1::bigint)
        when 'none' then (books.reserved, books.consumed, books.released)
        else (0::numeric, 0::bigint, 0::bigint)
    end
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
