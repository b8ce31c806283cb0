-- I-62: a code is accepted once, in its time, after no more guesses than allowed, and not after a newer one took its place.
select 'guessed too often' as what, id::text as which from challenges where guesses > guesses_allowed
union all
select 'used too late', id::text from challenges where used_at > expires_at
union all
select 'used unguessed', id::text from challenges where used_at is not null and guesses = 0
union all
select 'used when replaced', id::text from challenges where used_at > replaced_at
union all
select 'two accepted for one object', object::text
from challenges
where used_at is not null
group by purpose, object
having count(*) > 1
union all
select 'signed in without a proof', s.id::text
from sign_ins s
where s.done_at is not null and s.second = 'sms'
    and not exists (
        select 1 from challenges c where c.object = s.id and c.purpose = 'sign_in' and c.used_at is not null
    )
