-- I-52: every event that must be told was told to everybody its rule names, on every channel of that day; and nobody else was
with rule(event, standing) as (
    values
        ('passport.application.submitted.v1', 'holder'),
        ('passport.application.submitted.v1', 'household_head'),
        ('passport.application.submitted.v1', 'sponsor'),
        ('passport.application.returned.v1', 'holder'),
        ('passport.application.returned.v1', 'household_head'),
        ('passport.application.returned.v1', 'sponsor'),
        ('passport.application.approved.v1', 'holder'),
        ('passport.application.approved.v1', 'household_head'),
        ('passport.application.approved.v1', 'sponsor'),
        ('passport.application.refused.v1', 'holder'),
        ('passport.application.refused.v1', 'household_head'),
        ('passport.application.refused.v1', 'sponsor'),
        ('passport.application.cancelled.v1', 'holder'),
        ('passport.application.cancelled.v1', 'household_head'),
        ('passport.application.cancelled.v1', 'sponsor'),
        ('passport.application.printed.v1', 'holder'),
        ('passport.application.printed.v1', 'household_head'),
        ('passport.application.printed.v1', 'sponsor'),
        ('passport.application.reissued.v1', 'holder'),
        ('passport.application.reissued.v1', 'household_head'),
        ('passport.application.reissued.v1', 'sponsor'),
        ('passport.application.completed.v1', 'holder'),
        ('passport.application.completed.v1', 'household_head'),
        ('passport.application.completed.v1', 'sponsor'),
        ('residency.exit_reentry_visa.issued.v1', 'holder'),
        ('residency.exit_reentry_visa.issued.v1', 'household_head'),
        ('residency.exit_reentry_visa.issued.v1', 'sponsor'),
        ('residency.exit_reentry_visa.cancelled.v1', 'holder'),
        ('residency.exit_reentry_visa.cancelled.v1', 'household_head'),
        ('residency.exit_reentry_visa.cancelled.v1', 'sponsor'),
        ('residency.exit_reentry_visa.lapsed.v1', 'holder'),
        ('residency.exit_reentry_visa.lapsed.v1', 'household_head'),
        ('residency.exit_reentry_visa.lapsed.v1', 'sponsor'),
        ('residency.iqama_renewal.blocked.v1', 'holder'),
        ('residency.iqama_renewal.blocked.v1', 'applicant'),
        ('residency.iqama_renewal.blocked.v1', 'household_head'),
        ('residency.iqama_renewal.blocked.v1', 'sponsor'),
        ('residency.iqama.renewed.v1', 'holder'),
        ('residency.iqama.renewed.v1', 'household_head'),
        ('residency.iqama.renewed.v1', 'sponsor'),
        ('delivery.shipment.packed.v1', 'holder'),
        ('delivery.shipment.packed.v1', 'household_head'),
        ('delivery.shipment.handed_over.v1', 'holder'),
        ('delivery.shipment.handed_over.v1', 'household_head'),
        ('delivery.shipment.out_for_delivery.v1', 'holder'),
        ('delivery.shipment.out_for_delivery.v1', 'household_head'),
        ('delivery.shipment.delivered.v1', 'holder'),
        ('delivery.shipment.delivered.v1', 'household_head'),
        ('delivery.shipment.returned.v1', 'holder'),
        ('delivery.shipment.returned.v1', 'household_head'),
        ('delivery.shipment.claimed.v1', 'holder'),
        ('delivery.shipment.claimed.v1', 'household_head'),
        ('delivery.shipment.lost.v1', 'holder'),
        ('delivery.shipment.lost.v1', 'household_head'),
        ('delivery.old_document.arrived.v1', 'holder'),
        ('delivery.old_document.arrived.v1', 'household_head'),
        ('identity.device.added.v1', 'holder'),
        ('identity.proof.changed.v1', 'holder'),
        ('identity.authorisation.requested.v1', 'holder'),
        ('identity.authorisation.declined.v1', 'grantee'),
        ('identity.authorisation.issued.v1', 'holder'),
        ('identity.authorisation.issued.v1', 'grantee'),
        ('identity.authorisation.accepted.v1', 'holder'),
        ('identity.authorisation.accepted.v1', 'grantee'),
        ('identity.authorisation.rejected.v1', 'holder'),
        ('identity.authorisation.rejected.v1', 'grantee'),
        ('identity.authorisation.used.v1', 'holder'),
        ('identity.authorisation.used.v1', 'grantee'),
        ('identity.authorisation.withdrawn.v1', 'holder'),
        ('identity.authorisation.withdrawn.v1', 'grantee'),
        ('identity.authorisation.expired.v1', 'holder'),
        ('identity.authorisation.expired.v1', 'grantee'),
        ('identity.authorisation.ended.v1', 'holder'),
        ('identity.authorisation.ended.v1', 'grantee'),
        ('support.ticket.opened.v1', 'holder'),
        ('support.ticket.returned.v1', 'holder'),
        ('support.ticket.processed.v1', 'holder'),
        ('support.ticket.closed.v1', 'holder')
),
expected(event_id, person, channel) as (
    select t.event_id, who.person, channel.name
    from tellings t
    join rule r on r.event = t.event
    cross join lateral jsonb_array_elements_text(t.channels) as channel(name)
    cross join lateral (
        select t.person where r.standing = 'holder'
        union
        select t.applicant where r.standing = 'applicant' and t.applicant is not null
        union
        select t.grantee where r.standing = 'grantee' and t.grantee is not null
        union
        select k.subject
        from relations k
        where k.relation = r.standing and r.standing <> 'grantee' and k.object = t.person
          and k.starts_at <= t.occurred_at and (k.ends_at is null or k.ends_at > t.occurred_at)
          and k.learned_at <= t.recorded_at
    ) as who(person)
),
untold as (
    select event_id, person, channel from expected except select event_id, person, channel from notices
)
select event_id, person, channel, 'not told' as fault from untold
union all
select n.event_id, n.person, n.channel, 'told without a rule'
from notices n
join tellings t using (event_id)
where not exists (select 1 from rule r where r.event = t.event and r.standing = n.standing)
union all
select i.event_id, null, null, 'taken in and not announced'
from inbox i
where i.state = 'applied' and i.type in (select event from rule)
  and not exists (select 1 from tellings t where t.event_id = i.event_id)
