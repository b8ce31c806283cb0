-- I-49: a visa is cancelled in its window, lapses after its last day to leave, and a renewal only ever lengthens.
select v.id::text as id, 'cancelled after its window' as what
from exit_reentry_visas v
where v.status = 'cancelled' and (v.moved_at at time zone 'Asia/Riyadh')::date > v.cancel_by
union all
select v.id::text, 'lapsed or used before its last day to leave was over'
from exit_reentry_visas v
where v.status in ('lapsed', 'used') and (v.moved_at at time zone 'Asia/Riyadh')::date <= v.leave_by
union all
select v.id::text, 'may be cancelled longer than it may be used'
from exit_reentry_visas v
where v.cancel_by > greatest(v.leave_by, v.return_by) or v.leave_by < v.issued_on
union all
select n.id::text, 'renewed to an earlier day'
from iqama_renewals n
where n.status = 'renewed' and n.valid_until <= n.renewed_from
