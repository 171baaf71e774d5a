-- Visits of nobody in the register are kept, and become visits when their entity appears, whoever enters it.

-- The entity that a text names in a dataset: its id there, its credit code or its registration number; none where several
-- bear the number.
create function gridward.find_entities(dataset text, texts text[]) returns table (written text, entity_id bigint)
language sql stable rows 1000
set search_path = gridward, public, pg_temp
as $$
    with asked as materialized (
        select distinct t.written from unnest(texts) as t (written) where t.written <> ''
    ),
    by_id as materialized (
        select a.written, i.entity_id from asked a
        join entity_identity i on i.source = dataset and i.source_id = a.written
    ),
    others as materialized (
        select a.written from asked a where not exists (select from by_id b where b.written = a.written)
    ),
    by_number as (
        select o.written, e.entity_id from others o
        join entity e on e.credit_code = o.written and e.credit_code <> ''
        where e.recorded_to is null and e.source = dataset
        union
        select o.written, e.entity_id from others o
        join entity e on e.registration_no = o.written and e.registration_no <> ''
        where e.recorded_to is null and e.source = dataset
    )
    select b.written, b.entity_id from by_id b
    union all
    select n.written, min(n.entity_id) from by_number n group by n.written having count(distinct n.entity_id) = 1
$$;
comment on function gridward.find_entities is 'entities of a dataset by its id, credit code or registration number';

create function gridward.match_visits(dataset text, texts text[] default null) returns bigint language plpgsql
set search_path = gridward, public, pg_temp as $$
declare
    ids bigint[];
    whose bigint[];
    matched bigint;
begin
    select array_agg(u.id order by u.id), array_agg(f.entity_id order by u.id) into ids, whose
    from visit_unmatched u
    join find_entities(dataset, (
        select array_agg(distinct w.entity) from visit_unmatched w
        where w.recorded_to is null and w.reason = 'unmatched' and w.register = dataset
          and (texts is null or w.entity in (select unnest(texts)))
    )) f on f.written = u.entity
    where u.recorded_to is null and u.reason = 'unmatched' and u.register = dataset;
    if ids is null then
        return 0;
    end if;
    update visit_unmatched set recorded_to = now() where id = any (ids);
    with hit as materialized (
        select u.*, h.entity_id,
               row_number() over (partition by u.source, u.visit_id order by u.repeat_no, u.id) = 1 as first
        from unnest(ids, whose) as h (id, entity_id) join visit_unmatched u using (id)
    ),
    put as (
        insert into inspection (source, visit_id, entity_id, made_on, kind, officer_id, result, digest, officers, purpose,
                                findings, notice_no, rectify_by, revisit_of, minutes, received_at, actor)
        select source, visit_id, entity_id, made_on, kind, officer_id, result, digest, officers, purpose,
               findings, notice_no, rectify_by, revisit_of, minutes, received_at, actor
        from hit where first
        on conflict (source, visit_id) where recorded_to is null do nothing
        returning source, visit_id
    ),
    again as (
        insert into visit_unmatched (source, register, file, row_no, repeat_no, reason, detail, visit_id, entity, made_on,
                                     kind, officer_id, result, officers, purpose, findings, notice_no, rectify_by,
                                     revisit_of, minutes, received_at, actor, digest)
        select h.source, h.register, h.file, h.row_no, h.repeat_no, 'repeat', 'repeat of visit ' || h.visit_id,
               h.visit_id, h.entity, h.made_on, h.kind, h.officer_id, h.result, h.officers, h.purpose, h.findings,
               h.notice_no, h.rectify_by, h.revisit_of, h.minutes, h.received_at, h.actor, h.digest
        from hit h left join put p on h.first and p.source = h.source and p.visit_id = h.visit_id
        where p.visit_id is null
    )
    select count(*) into matched from put;
    return matched;
end $$;
comment on function gridward.match_visits is 'stores the kept visits whose entity is in the register by now; how many';

create function gridward.match_new_entities() returns trigger language plpgsql
set search_path = gridward, public, pg_temp as $$
declare
    dataset text;
    texts text[];
begin
    if not exists (select from visit_unmatched where recorded_to is null and reason = 'unmatched') then
        return null;
    end if;
    for dataset, texts in
        select i.source, array_agg(distinct t.written)
        from added a join entity_identity i using (entity_id),
             unnest(array[i.source_id, a.credit_code, a.registration_no]) as t (written)
        where t.written <> ''
        group by i.source
    loop
        perform match_visits(dataset, texts);
    end loop;
    return null;
end $$;
create trigger match_new_entities after insert on gridward.entity referencing new table as added
for each statement execute function gridward.match_new_entities();

-- Nobody confirms the class that they proposed themselves.
create function gridward.class_four_eyes() returns trigger language plpgsql
set search_path = gridward, public, pg_temp as $$
begin
    if exists (
        select from class_proposal p where p.proposal_id = new.proposal_id
            and (p.actor = new.actor or p.entity_id <> new.entity_id)
    ) then
        raise exception 'gridward: % proposed the class of entity %: nobody decides what they proposed',
            new.actor, new.entity_id using errcode = 'GW001';
    end if;
    return new;
end $$;
create trigger class_four_eyes before insert on gridward.class_decision
for each row execute function gridward.class_four_eyes();

create or replace function gridward.refresh_statistics() returns void
language plpgsql security definer set search_path = gridward, public, pg_temp
as $$
begin
    analyze jurisdiction, boundary_line, entity, entity_identity, inspection, visit_unmatched, officer, assignment;
end $$;

do $$
declare
    t text;
    columns text;
begin
    create trigger keep_history before update on gridward.visit_unmatched
    for each row execute function gridward.keep_history();
    foreach t in array array['class_proposal', 'class_decision'] loop
        execute format('create trigger never_change before update on gridward.%I
                        for each row execute function gridward.never_change()', t);
    end loop;
    foreach t in array array['visit_unmatched', 'class_proposal', 'class_decision'] loop
        execute format('create trigger never_delete before delete on gridward.%I
                        for each row execute function gridward.never_change()', t);
        execute format('create trigger never_truncate before truncate on gridward.%I
                        for each statement execute function gridward.never_change()', t);
        select string_agg(quote_ident(c.column_name), ', ') into columns from information_schema.columns c
        where c.table_schema = 'gridward' and c.table_name = t and c.is_identity = 'NO'
          and c.column_name not in ('recorded_from', 'recorded_to', 'at');
        execute format('grant select, insert (%s) on gridward.%I to gw_service', columns, t);
    end loop;
end $$;
grant update (recorded_to) on gridward.visit_unmatched to gw_service;
grant usage on all sequences in schema gridward to gw_service;
grant insert (officers, purpose, findings, notice_no, rectify_by, revisit_of, minutes, received_at, actor)
on gridward.inspection to gw_service;
grant insert (licence_until) on gridward.entity to gw_service;

-- The digest of a register row now holds the end of its licence: rows stored before must not look changed.
alter table gridward.entity disable trigger keep_history;
update gridward.entity e set digest = md5(row(
    credit_code, registration_no, name, address, address_key, industry, credit_class, licensed, opened, closed,
    null::date, workload_hours, case when placed_by = '' then geom end)::text)
where recorded_to is null and digest = md5(row(
    credit_code, registration_no, name, address, address_key, industry, credit_class, licensed, opened, closed,
    workload_hours, case when placed_by = '' then geom end)::text);
alter table gridward.entity enable trigger keep_history;

-- The border rule for many points, in place of the function of 0003: the same answers, a third of the time.
create or replace function gridward.locate_many(lons double precision[], lats double precision[], day date)
returns table (n bigint, cell_code text)
language sql stable parallel safe rows 1000
set search_path = gridward, public, pg_temp
as $$
    with point as materialized (
        select p.n, st_setsrid(st_makepoint(p.lon, p.lat), 4490) as place
        from unnest(lons, lats) with ordinality as p (lon, lat, n)
        where p.lon between -180 and 180 and p.lat between -90 and 90
    ),
    -- shapes and their edges once, unpacked; shape by shape, so that what PostGIS prepares of one serves all its points
    ground as materialized (
        select j.code, st_force2d(j.geom) as shape, st_boundary(j.geom) as edge, v.plan_id
        from jurisdiction j
        left join plan_validity v on v.station_code = j.code and v.recorded_to is null and v.valid @> day
        where j.draws_cells and j.recorded_to is null and j.valid @> day
          and j.geom && (select st_extent(place)::geometry from point)
    ),
    station as materialized (
        select distinct on (found.n) found.n, found.place, ground.plan_id
        from ground cross join lateral (
            select point.n, point.place from point
            where ground.shape && point.place and covers(ground.shape, ground.edge, point.place) offset 0
        ) found
        order by found.n, ground.code collate "C"
    ),
    drawn as materialized (
        select c.plan_id, c.code, st_force2d(c.geom) as shape, st_boundary(c.geom) as edge
        from cell c
        where c.plan_id in (select plan_id from ground) and c.geom && (select st_extent(place)::geometry from station)
    ),
    -- points by plan: a join would ask every cell of the territory about every point
    asked as materialized (
        select plan_id, array_agg(n) as ns, array_agg(place) as places from station where plan_id is not null group by plan_id
    ),
    covered as materialized (
        select distinct on (found.n) found.n, drawn.code
        from asked join drawn using (plan_id) cross join lateral (
            select p.n from unnest(asked.ns, asked.places) as p (n, place)
            where drawn.shape && p.place and covers(drawn.shape, drawn.edge, p.place) offset 0
        ) found
        order by found.n, drawn.code collate "C"
    )
    select covered.n, covered.code from covered
    union all
    select s.n, (
        select c.code from cell c where c.plan_id = s.plan_id order by apart(c.geom, s.place), c.code collate "C" limit 1
    )
    from station s where s.plan_id is not null and s.n not in (select covered.n from covered)
$$;

-- Whether a point lies in a station or cell on a day by the border rule: on a border the lowest code has it, stations first;
-- a point of the station that is in no cell belongs to the nearest. Other levels have what their outline covers.
create function gridward.lies_in(wanted text, place public.geometry, day date) returns boolean
language sql stable parallel safe
set search_path = gridward, public, pg_temp
as $$
    with ground as (
        select j.code, j.draws_cells, j.geom, null::bigint as plan_id from jurisdiction j
        where j.code = wanted and j.recorded_to is null and j.valid @> day and j.geom && place
        union all
        select s.code, true, s.geom, v.plan_id
        from plan_validity v join cell c using (plan_id)
        join jurisdiction s on s.code = v.station_code and s.recorded_to is null and s.valid @> day
        where c.code = wanted and v.recorded_to is null and v.valid @> day and s.geom && place
    )
    select exists (
        select from ground g
        where covers(g.geom, place)
          and not (g.draws_cells and exists (
              select from jurisdiction o
              where o.draws_cells and o.recorded_to is null and o.valid @> day and o.code collate "C" < g.code collate "C"
                and o.geom && place and covers(o.geom, place)
          ))
          and (g.plan_id is null or wanted = coalesce((
              select o.code from cell o where o.plan_id = g.plan_id and o.geom && place and covers(o.geom, place)
              order by o.code collate "C" limit 1
          ), locate(st_x(place), st_y(place), day)))
    )
$$;
comment on function gridward.lies_in is 'whether a point lies in a station or cell on a day, by the border rule';
