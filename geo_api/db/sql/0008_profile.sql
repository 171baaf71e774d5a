-- Rules of a profile may be set apart from the dataset; draws of samples are never changed; who answers falls back level by
-- level, however many there are.

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

create function gridward_published.answering_on(day date) returns table (code text, officers text, answers_for text)
language sql stable parallel safe security definer
set search_path = gridward, public, pg_temp
as $$
    with recursive duty as materialized (select * from gridward_published.duties_on(day)),
    line (code, level, steps) as (
        select j.code, j.code, 0 from jurisdiction j where j.draws_cells and j.valid @> day and j.recorded_to is null
        union all
        select l.code, j.parent_code, l.steps + 1
        from line l join jurisdiction j on j.code = l.level and j.valid @> day and j.recorded_to is null
        where j.parent_code is not null and l.steps < 9
    )
    select distinct on (l.code) l.code, d.officers, d.code
    from line l join duty d on d.code = l.level
    order by l.code, l.steps
$$;
comment on function gridward_published.answering_on is
    'who answers on a day for each station: its own officers, else those of the nearest level above that has somebody';
revoke all on function gridward_published.answering_on from public;

create or replace function gridward_published.cells_on(day date, box public.geometry default null)
returns table (code text, name text, station_code text, station_name text, plan_version integer, valid_from date,
               valid_to date, area_m2 double precision, officers text, answers_for text, geom public.geometry)
language plpgsql stable parallel safe security definer
set search_path = gridward, public, pg_temp
as $$
#variable_conflict use_column
begin return query
    with duty as materialized (select * from gridward_published.duties_on(day)),
    above as materialized (select * from gridward_published.answering_on(day))
    select c.code, c.name, c.station_code, coalesce(s.name, ''), p.version, lower(v.valid), upper(v.valid), c.area_m2,
           coalesce(own.officers, above.officers, ''), coalesce(own.code, above.answers_for, ''), c.geom
    from plan_validity v
    join plan p using (plan_id)
    join cell c using (plan_id)
    left join jurisdiction s on s.code = c.station_code and s.valid @> day and s.recorded_to is null
    left join duty own on own.code = c.code
    left join above on above.code = c.station_code
    where v.valid @> day and v.recorded_to is null and (box is null or c.geom && box);
end $$;
comment on function gridward_published.cells_on is 'the cells in force on a day, with those who answer for them: their own officers, else those of the nearest level above that has somebody';

create or replace function gridward_published.stations_on(day date, box public.geometry default null)
returns table (code text, name text, name_en text, bureau_code text, bureau_name text, valid_from date, valid_to date,
               officers text, answers_for text, geom public.geometry)
language plpgsql stable parallel safe security definer
set search_path = gridward, public, pg_temp
as $$
#variable_conflict use_column
begin return query
    with above as materialized (select * from gridward_published.answering_on(day))
    select j.code, j.name, j.name_en, j.parent_code, coalesce(b.name, ''), lower(j.valid), upper(j.valid),
           coalesce(above.officers, ''), coalesce(above.answers_for, ''), j.geom
    from jurisdiction j
    left join jurisdiction b on b.code = j.parent_code and b.valid @> day and b.recorded_to is null
    left join above on above.code = j.code
    where j.draws_cells and j.valid @> day and j.recorded_to is null and (box is null or j.geom && box);
end $$;
