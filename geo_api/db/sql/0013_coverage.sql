-- Posters: insert-only, like all history.

create trigger keep_history before update on gridward.poster for each row execute function gridward.keep_history();
create trigger never_delete before delete on gridward.poster for each row execute function gridward.never_change();
create trigger never_truncate before truncate on gridward.poster
for each statement execute function gridward.never_change();

grant select, insert (jurisdiction_code, place, drawn_for, plan_id, posted_by, valid), update (recorded_to)
on gridward.poster to gw_service;
