-- What OGC clients may read: what is or was published, in a schema of its own. The role gw_ogc reads this and nothing else.
-- The views run with the rights of their owner; as security barriers they let no condition of a client see other rows.


comment on schema gridward_published is 'open to all: stations and cells as published, by day';

create view gridward_published.cell_versions with (security_barrier) as
select c.code || '@' || to_char(lower(v.valid), 'YYYY-MM-DD') as id, c.code, c.name, c.station_code,
       coalesce(s.name, '') as station_name, p.version as plan_version,
       lower(v.valid) as valid_from, upper(v.valid) as valid_to, c.area_m2, c.geom
from gridward.plan_validity v
join gridward.plan p using (plan_id)
join gridward.cell c using (plan_id)
left join lateral (
    select j.name from gridward.jurisdiction j
    where j.code = c.station_code and j.recorded_to is null and j.valid && v.valid
    order by j.valid desc limit 1
) s on true
where v.recorded_to is null;
comment on view gridward_published.cell_versions is
    'every cell that is or was published, with the days [valid_from, valid_to) on which it is in force';

create view gridward_published.station_versions with (security_barrier) as
select j.code || '@' || coalesce(to_char(lower(j.valid), 'YYYY-MM-DD'), '') as id, j.code, j.name, j.name_en,
       j.parent_code as bureau_code, coalesce(b.name, '') as bureau_name,
       lower(j.valid) as valid_from, upper(j.valid) as valid_to, j.geom
from gridward.jurisdiction j
left join lateral (
    select b.name from gridward.jurisdiction b
    where b.code = j.parent_code and b.recorded_to is null and b.valid && j.valid
    order by b.valid desc limit 1
) b on true
where j.draws_cells and j.recorded_to is null;
comment on view gridward_published.station_versions is 'every station, with the days [valid_from, valid_to) of its outline';

-- One day. These run as their owner, so that the spatial index serves; they choose the rows themselves. In plpgsql, which
-- keeps their plans: planning takes longer than answering.
-- No telephones: those of the past are not public, and the database does not know the deployment's today.
create function gridward_published.duties_on(day date) returns table (code text, officers text)
language sql stable parallel safe security definer
set search_path = gridward, public, pg_temp
as $$
    select a.jurisdiction_code,
           string_agg(coalesce(o.name, a.officer_id) || ' (' || a.role
                          || case when a.function = '' then '' else ', ' || a.function end || ')', '; '
                      order by array_position(array['lead', 'first', 'direct', 'deputy'], a.role),
                               a.function collate "C", a.officer_id collate "C")
    from assignment a
    left join officer o on o.officer_id = a.officer_id and o.valid @> day and o.recorded_to is null
    where a.valid @> day and a.recorded_to is null
    group by a.jurisdiction_code
$$;
comment on function gridward_published.duties_on is 'who answers on a day, for each cell, station and bureau that has somebody';

create function gridward_published.cells_on(day date, box public.geometry default null)
returns table (code text, name text, station_code text, station_name text, plan_version integer, valid_from date,
               valid_to date, area_m2 double precision, officers text, answers_for text, geom public.geometry)
language plpgsql stable parallel safe security definer
set search_path = gridward, public, pg_temp
as $$
#variable_conflict use_column
begin return query
    with duty as materialized (select * from gridward_published.duties_on(day))
    select c.code, c.name, c.station_code, coalesce(s.name, ''), p.version, lower(v.valid), upper(v.valid), c.area_m2,
           coalesce(own.officers, its_station.officers, its_bureau.officers, ''),
           coalesce(own.code, its_station.code, its_bureau.code, ''), c.geom
    from plan_validity v
    join plan p using (plan_id)
    join cell c using (plan_id)
    left join jurisdiction s on s.code = c.station_code and s.valid @> day and s.recorded_to is null
    left join duty own on own.code = c.code
    left join duty its_station on its_station.code = c.station_code
    left join duty its_bureau on its_bureau.code = s.parent_code
    where v.valid @> day and v.recorded_to is null and (box is null or c.geom && box);
end $$;
comment on function gridward_published.cells_on is 'the cells in force on a day, with those who answer for them: their own officers, else those of the station, else of the bureau';

create function gridward_published.stations_on(day date, box public.geometry default null)
returns table (code text, name text, name_en text, bureau_code text, bureau_name text, valid_from date, valid_to date,
               officers text, answers_for text, geom public.geometry)
language plpgsql stable parallel safe security definer
set search_path = gridward, public, pg_temp
as $$
#variable_conflict use_column
begin return query
    with duty as materialized (select * from gridward_published.duties_on(day))
    select j.code, j.name, j.name_en, j.parent_code, coalesce(b.name, ''), lower(j.valid), upper(j.valid),
           coalesce(own.officers, its_bureau.officers, ''), coalesce(own.code, its_bureau.code, ''), j.geom
    from jurisdiction j
    left join jurisdiction b on b.code = j.parent_code and b.valid @> day and b.recorded_to is null
    left join duty own on own.code = j.code
    left join duty its_bureau on its_bureau.code = j.parent_code
    where j.draws_cells and j.valid @> day and j.recorded_to is null and (box is null or j.geom && box);
end $$;
comment on function gridward_published.stations_on is 'the stations in force on a day, with those who answer for them';

revoke all on all functions in schema gridward_published from public;
grant usage on schema gridward_published to gw_ogc;
grant select on gridward_published.cell_versions, gridward_published.station_versions to gw_ogc;
grant execute on function gridward_published.cells_on, gridward_published.stations_on to gw_ogc;
