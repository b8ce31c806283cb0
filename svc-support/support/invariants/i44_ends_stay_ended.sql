-- I-44: nothing leaves a closed ticket, the moves of a ticket form one chain, and its status is the chain's last.
with chained as (
    select
        t.id, t.status, t.version as counted, m.version, m.from_status, m.to_status,
        lag(m.to_status, 1, 'under_processing') over each_one as before,
        row_number() over each_one as place,
        lead(m.version) over each_one is null as is_last
    from tickets t
    left join case_moves m on m.case_id = t.id and m.case_kind = 'ticket'
    window each_one as (partition by t.id order by m.version)
)
select id, status, version, from_status, to_status
from chained
where case when version is null
    then status <> 'under_processing' or counted <> 0
    else from_status = 'closed' or from_status <> before or version <> place
        or (is_last and (status <> to_status or counted <> version))
end
