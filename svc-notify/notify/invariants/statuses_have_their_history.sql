-- every notice stands where its last move left it, and its moves are counted without a gap
select n.id, n.status, n.version
from notices n
left join case_moves m on m.case_kind = 'notice' and m.case_id = n.id and m.version = n.version
where (n.version = 0 and n.status <> 'selected')
   or (n.version > 0 and (m.id is null or m.to_status <> n.status))
   or n.version <> (select count(*) from case_moves c where c.case_kind = 'notice' and c.case_id = n.id)
