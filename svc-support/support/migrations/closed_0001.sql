-- A closed ticket does not change any more, whoever asks.
create function support_refuse_closed() returns trigger language plpgsql as $$
begin
    raise exception 'a closed ticket does not change' using errcode = '42501';
end $$;

create trigger tickets_closed before update or delete on tickets
for each row when (old.status = 'closed') execute function support_refuse_closed();
