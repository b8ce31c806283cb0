-- I-63: a family of refresh tokens has one live leaf at most; reuse has ended it whole; a code became one family at most.
select 'two leaves' as what, family::text as which
from refresh_tokens
where used_at is null and revoked_at is null
group by family
having count(*) > 1
union all
select 'alive after reuse', t.family::text
from refresh_tokens t
where t.used_at is null and t.revoked_at is null
    and exists (
        select 1 from refresh_tokens r where r.family = t.family and r.revoked_for = 'refresh token used again'
    )
union all
select 'alive in a family that ended', t.family::text
from refresh_tokens t
join token_families f on f.id = t.family
where t.revoked_at is null and f.ended_at is not null
union all
select 'of no family', t.family::text
from refresh_tokens t
where not exists (select 1 from token_families f where f.id = t.family)
union all
select 'family of no used code', f.id::text
from token_families f
where f.grant_type = 'authorization_code' and f.opened_at > now() - interval '1 day'
    and not exists (select 1 from authorisation_codes c where c.family = f.id and c.used_at is not null)
union all
select 'family of no approved device', f.id::text
from token_families f
where f.grant_type = 'urn:ietf:params:oauth:grant-type:device_code' and f.opened_at > now() - interval '1 day'
    and not exists (
        select 1 from device_requests d where d.account_id = f.account_id and d.client_id = f.client_id and d.approved
    )
union all
select 'outlives its session', t.family::text
from refresh_tokens t
join sessions s on s.id = t.session_id
where t.expires_at > s.expires_at
