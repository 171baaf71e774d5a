-- Rules of a profile may be set apart from the dataset; draws of samples are never changed.

create trigger never_change before update on gridward.sampling_draw
for each row execute function gridward.never_change();
create trigger never_change before update on gridward.sampling_member
for each row execute function gridward.never_change();
create trigger never_delete before delete on gridward.sampling_draw
for each row execute function gridward.never_change();
create trigger never_delete before delete on gridward.sampling_member
for each row execute function gridward.never_change();
create trigger never_truncate before truncate on gridward.sampling_draw
for each statement execute function gridward.never_change();
create trigger never_truncate before truncate on gridward.sampling_member
for each statement execute function gridward.never_change();

grant select on gridward.sampling_draw, gridward.sampling_member to gw_service;
grant insert (jurisdiction_code, year, industry, share, seed, register_on, population, chosen, digest, actor, role, reason)
on gridward.sampling_draw to gw_service;
grant insert (draw_id, entity_id, number) on gridward.sampling_member to gw_service;
grant insert (loaded_rules, actor, reason) on gridward.profile to gw_service;
