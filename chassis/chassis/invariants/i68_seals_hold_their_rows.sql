-- I-68: seals follow each other without a gap, and every row up to the head is counted by exactly one of them.
with counted as (
    select seq from acts union all select seq from looks union all select seq from case_moves
), chained as (
    select s.*, lag(s.last_seq, 1, 0::bigint) over (order by s.number) as before_seq,
        lag(s.digest) over (order by s.number) as before_digest
    from seals s
)
select c.number::text as id, 'a seal that does not follow the one before' as what
from chained c
where c.first_seq <> c.before_seq + 1 or (c.before_digest is not null and c.previous <> c.before_digest)
union all
select 'rows', 'rows up to the head are not those the seals counted'
where (select coalesce(sum(rows), 0) from seals)
    <> (select count(*) from counted where seq <= (select coalesce(max(last_seq), 0) from seals))
union all
select 'seq', 'a place was given twice'
from counted group by seq having count(*) > 1
