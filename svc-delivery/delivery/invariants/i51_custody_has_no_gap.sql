-- I-51: the chain of custody has no gap, begins and ends where it should, and agrees with the shipment's status.
with links as (
    select
        shipment_id, item, step, given_by, taken_by, passed_at,
        lag(taken_by, 1, case item when 'document' then 'printer' else 'holder' end) over each_one as had_it,
        lag(passed_at) over each_one as before,
        row_number() over each_one as place,
        lead(step) over each_one is null as is_last
    from custody
    window each_one as (partition by shipment_id, item order by step)
),
last_hands as (
    select
        s.id, s.status, s.old_document,
        (select taken_by from links l where l.shipment_id = s.id and l.item = 'document' and l.is_last) as document_with,
        (select taken_by from links l where l.shipment_id = s.id and l.item = 'old_document' and l.is_last) as old_with
    from shipments s
)
select shipment_id, item || ' step ' || step as what
from links
where given_by <> had_it or step <> place or passed_at < before
union all
select id, 'document is with ' || coalesce(document_with, 'the printer') || ' while ' || status
from last_hands
where coalesce(document_with, 'printer') <> case
    when status in ('ordered', 'labelled') then 'printer'
    when status = 'packed' then 'office'
    when status = 'cancelled' then coalesce(document_with, 'printer')
    when status = 'delivered' then 'holder'
    when status in ('returned_to_source', 'ordered_again') then 'office'
    when status = 'lost' then 'nobody'
    else 'carrier'
end
union all
select id, 'old document is with ' || coalesce(old_with, 'its holder') || ' while ' || old_document
from last_hands
where coalesce(old_with, 'holder') <> case old_document when 'collected' then 'carrier' when 'returned' then 'office' else 'holder' end
union all
-- Hand-over has two sides: a clerk's manifest gave it, and a scan of the carrier's own ends its time there.
select s.id, 'left the carrier without a scan'
from shipments s
where s.status in ('delivered', 'returned_to_source', 'ordered_again')
  and not exists (select 1 from scans x where x.shipment_id = s.id and x.verdict = 'applied')
union all
select s.id, 'with the carrier without a manifest'
from shipments s
where s.handed_over_at is not null and s.hand_over_id is null
