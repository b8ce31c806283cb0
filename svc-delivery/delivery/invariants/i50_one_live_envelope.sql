-- I-50: one live shipment per document, one shipment per label, and nothing delivered without its signed proof.
select 'document' as what, document_number as which
from shipments
where status not in ('lost', 'cancelled', 'returned_to_source', 'ordered_again')
group by document_number
having count(*) > 1
union all
select 'label', envelope
from shipments
where envelope is not null
group by envelope
having count(*) > 1
union all
select 'proof', s.id::text
from shipments s
left join scans p on p.message_id = s.proof and p.shipment_id = s.id and p.kind = 'delivered' and p.verdict = 'applied'
left join door_codes d on d.shipment_id = s.id and d.used_at is not null
where s.status = 'delivered'
  and (p.message_id is null or d.shipment_id is null or s.delivered_at is null
       or (s.collect_old_number is not null and s.old_document not in ('collected', 'returned')))
