-- I-44: nothing leaves an ended status, the moves of a shipment form one chain, and its status is the chain's last.
with chained as (
    select
        case_id, version, from_status, to_status,
        lag(to_status, 1, 'ordered') over each_one as before,
        row_number() over each_one as place,
        lead(version) over each_one is null as is_last
    from case_moves
    where case_kind = 'shipment'
    window each_one as (partition by case_id order by version)
)
select c.case_id, c.version, c.from_status, c.to_status, s.status
from chained c
join shipments s on s.id = c.case_id
where c.from_status in ('cancelled', 'delivered', 'lost', 'ordered_again')
   or c.from_status <> c.before
   or c.version <> c.place
   or (c.is_last and (s.status <> c.to_status or s.version <> c.version))
