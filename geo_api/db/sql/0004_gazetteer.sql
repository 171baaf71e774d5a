-- The gazetteer: insert-only like everything else; the service adds rows and closes them.

do $$
declare
    t text;
begin
    foreach t in array array['gazetteer_point', 'gazetteer_place', 'gazetteer_street', 'gazetteer_former', 'division'] loop
        execute format('create trigger keep_history before update on gridward.%I
                        for each row execute function gridward.keep_history()', t);
        execute format('grant update (recorded_to) on gridward.%I to gw_service', t);
    end loop;
    execute 'create trigger never_change before update on gridward.gazetteer_parse
             for each row execute function gridward.never_change()';
    foreach t in array array['gazetteer_parse', 'gazetteer_point', 'gazetteer_place', 'gazetteer_street',
                             'gazetteer_former', 'division'] loop
        execute format('create trigger never_delete before delete on gridward.%I
                        for each row execute function gridward.never_change()', t);
        execute format('create trigger never_truncate before truncate on gridward.%I
                        for each statement execute function gridward.never_change()', t);
        execute format('grant select on gridward.%I to gw_service', t);
    end loop;
end $$;

grant insert on gridward.gazetteer_parse to gw_service;
grant insert (point_id, address, geom, source, digest, valid) on gridward.gazetteer_point to gw_service;
grant insert (place_id, name, kind, geom, source, digest, valid) on gridward.gazetteer_place to gw_service;
grant insert (name, geom, source, digest, valid) on gridward.gazetteer_street to gw_service;
grant insert (kind, former, name, since, source, digest, valid) on gridward.gazetteer_former to gw_service;
grant insert (code, name, level, parent, valid_from, valid_to, became, aliases, year_only, source, digest, valid)
on gridward.division to gw_service;

-- Whatever changes places or names is an event: its number is the gazetteer's revision.
create function gridward.gazetteer_revision() returns text language sql stable
set search_path = gridward, public, pg_temp
return (select coalesce(max(e.id), 0)::text from gridward.event e where e.verb in ('load', 'place', 'gazetteer'));

grant execute on function gridward.gazetteer_revision() to gw_service;

create function gridward.tell_gazetteer() returns trigger language plpgsql as $$
begin
    perform pg_notify('gridward_published', 'gazetteer');
    return null;
end $$;

create trigger tell_gazetteer after insert on gridward.event
for each row when (new.verb in ('load', 'place', 'gazetteer')) execute function gridward.tell_gazetteer();
