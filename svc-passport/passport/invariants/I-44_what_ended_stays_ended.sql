-- I-44: no move leaves a terminal status, a case stands where its last move left it, and its versions have no gap.
select case_id::text as id, 'a move out of a terminal status' as what
from case_moves
where case_kind = 'renewal' and from_status in ('completed', 'refused', 'cancelled', 'expired')
union all
select a.id::text, 'the status is not where the last move left it'
from applications a
left join lateral (
    select m.to_status, m.version from case_moves m
    where m.case_kind = 'renewal' and m.case_id = a.id order by m.version desc limit 1
) last on true
where coalesce(last.to_status, 'draft') <> a.status or coalesce(last.version, 0) <> a.version
union all
select case_id::text, 'a gap in the history'
from case_moves
where case_kind = 'renewal'
group by case_id
having max(version) <> count(*)
