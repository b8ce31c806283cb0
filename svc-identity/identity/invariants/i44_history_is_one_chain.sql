-- I-44: the moves of an account form one chain from `registered`, and its status is the last one's target.
with chained as (
    select
        case_id, version, from_status, to_status,
        lag(to_status, 1, 'registered') over each_one as before,
        row_number() over each_one as place
    from case_moves
    where case_kind = 'account'
    window each_one as (partition by case_id order by version)
)
select 'broken chain' as what, case_id::text as which from chained where from_status <> before or version <> place
union all
select 'status without its move', a.id::text
from accounts a
left join lateral (
    select to_status from case_moves m
    where m.case_id = a.id and m.case_kind = 'account'
    order by m.version desc
    limit 1
) last on true
where a.status <> coalesce(last.to_status, 'registered')
