-- I-44: no move leaves a terminal status, a case stands where its last move left it, and its versions have no gap.
with cases as (
    select 'exit_reentry_visa' as kind, id, status, version, 'requested' as initial from exit_reentry_visas
    union all
    select 'iqama_renewal', id, status, version, 'draft' from iqama_renewals
)
select case_id::text as id, 'a move out of a terminal status' as what
from case_moves
where (case_kind = 'exit_reentry_visa' and from_status in ('used', 'cancelled', 'lapsed', 'withdrawn', 'expired'))
   or (case_kind = 'iqama_renewal' and from_status in ('renewed', 'withdrawn', 'expired'))
union all
select c.id::text, 'the status is not where the last move left it'
from cases c
left join lateral (
    select m.to_status, m.version from case_moves m
    where m.case_kind = c.kind and m.case_id = c.id order by m.version desc limit 1
) last on true
where coalesce(last.to_status, c.initial) <> c.status or coalesce(last.version, 0) <> c.version
union all
select case_id::text, 'a gap in the history'
from case_moves
group by case_kind, case_id
having max(version) <> count(*)
