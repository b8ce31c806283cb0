-- I-59: what is stored of a file is as long as what was scanned, under a whole digest, of a kind that can be cleaned.
-- (That the bytes are the same is asked each time one is served: they are encrypted here.)
select a.id, a.ticket_id, a.media_type, a.scan, a.size, octet_length(a.sealed) as sealed
from attachments a
where a.digest !~ '^[0-9a-f]{64}$'
   or a.scan not in ('clean', 'unscanned')
   or a.media_type not in ('application/pdf', 'image/jpeg', 'image/png')
   or a.size < 1
   -- key id and colon, nonce of 12, bytes, tag of 16
   or octet_length(a.sealed) - position('\x3a'::bytea in a.sealed) - 12 - 16 <> a.size
