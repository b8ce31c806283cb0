-- I-61: no live session or refresh token for an account that is not active, and no live token of an ended session.
select 'session' as what, s.id::text as which
from sessions s
join accounts a on a.id = s.account_id
where s.ended_at is null and s.expires_at > now() and a.status <> 'active'
union all
select 'token of an inactive account', t.family::text
from refresh_tokens t
join accounts a on a.id = t.account_id
where t.revoked_at is null and t.used_at is null and t.expires_at > now() and a.status <> 'active'
union all
select 'token of an ended session', t.family::text
from refresh_tokens t
join sessions s on s.id = t.session_id
where t.revoked_at is null and t.used_at is null and s.ended_at is not null
