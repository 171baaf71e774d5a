-- Absences and substitutes, patrol groups, sub-areas: history, notices, grants, and the rules that the database holds.

do $$
declare
    t text;
begin
    foreach t in array array['absence', 'patrol_group', 'patrol_group_cell'] loop
        execute format('create trigger keep_history before update on gridward.%I
                        for each row execute function gridward.keep_history()', t);
        execute format('create trigger never_delete before delete on gridward.%I
                        for each row execute function gridward.never_change()', t);
        execute format('create trigger never_truncate before truncate on gridward.%I
                        for each statement execute function gridward.never_change()', t);
        execute format('create trigger tell_new after insert on gridward.%I referencing new table as touched
                        for each statement execute function gridward.tell_change()', t);
        execute format('create trigger tell_closed after update on gridward.%I referencing new table as touched
                        for each statement execute function gridward.tell_change()', t);
        execute format('grant select, update (recorded_to) on gridward.%I to gw_service', t);
    end loop;
end $$;
grant insert (officer_id, substitute_id, kind, valid) on gridward.absence to gw_service;
grant insert (code, name, station_code, valid) on gridward.patrol_group to gw_service;
grant insert (group_code, cell_code, valid) on gridward.patrol_group_cell to gw_service;
grant usage on all sequences in schema gridward to gw_service;

-- Who holds which post on a day, and who stands in for those who are away, as it was known at a moment. A substitute who
-- is away too stands in for nobody.
create function gridward.on_duty(day date, known timestamptz)
returns table (code text, officer_id text, name text, title text, role text, function text, telephone text,
               since date, until date, absent boolean, substitutes_for text)
language sql stable parallel safe rows 1000
set search_path = gridward, public, pg_temp
as $$
    with away as materialized (
        select b.officer_id, b.substitute_id, lower(b.valid) as since, upper(b.valid) as until from absence b
        where b.valid @> day and b.recorded_from <= known and (b.recorded_to is null or b.recorded_to > known)
    ),
    held as materialized (
        select a.jurisdiction_code, a.officer_id, a.role, a.function, lower(a.valid) as since, upper(a.valid) as until
        from assignment a
        where a.valid @> day and a.recorded_from <= known and (a.recorded_to is null or a.recorded_to > known)
    ),
    post as (
        select h.*, exists (select from away w where w.officer_id = h.officer_id) as absent, null::text as substitutes_for
        from held h
        union all
        select h.jurisdiction_code, w.substitute_id, h.role, h.function, greatest(h.since, w.since),
               least(h.until, w.until), false, h.officer_id
        from held h join away w using (officer_id)
        where w.substitute_id <> '' and not exists (select from away x where x.officer_id = w.substitute_id)
    )
    select p.jurisdiction_code, p.officer_id, coalesce(o.name, p.officer_id), coalesce(o.title, ''), p.role, p.function,
           nullif(o.telephone, ''), p.since, p.until, p.absent, p.substitutes_for
    from post p
    left join officer o
        on o.officer_id = p.officer_id and o.valid @> day
        and o.recorded_from <= known and (o.recorded_to is null or o.recorded_to > known)
$$;
comment on function gridward.on_duty is 'posts of a day as known at a moment: those who hold them, absent or not, and those who stand in';
grant execute on function gridward.on_duty to gw_service;

-- What OGC clients read names those who are there.
create or replace function gridward_published.duties_on(day date) returns table (code text, officers text)
language sql stable parallel safe security definer
set search_path = gridward, public, pg_temp
as $$
    select d.code,
           string_agg(d.name || ' (' || d.role || case when d.function = '' then '' else ', ' || d.function end || ')', '; '
                      order by array_position(array['lead', 'first', 'direct', 'deputy'], d.role),
                               d.function collate "C", d.officer_id collate "C")
    from gridward.on_duty(day, 'infinity') d
    where not d.absent
    group by d.code
$$;

-- One person in two posts that two people must hold: the lead of a cell is not its deputy.
create function gridward.two_people() returns trigger language plpgsql
set search_path = gridward, public, pg_temp as $$
begin
    if new.recorded_to is null and exists (
        select from assignment a
        where a.recorded_to is null and a.id <> new.id and a.officer_id = new.officer_id
          and a.jurisdiction_code = new.jurisdiction_code and a.function = new.function and a.valid && new.valid
          and a.role <> new.role and a.role in ('lead', 'deputy')
    ) and exists (select from assignment a where a.id = new.id and a.recorded_to is null) then
        raise exception 'gridward: officer % cannot be lead and deputy of % at a time: name another as deputy',
            new.officer_id, new.jurisdiction_code using errcode = 'GW001';
    end if;
    return null;
end $$;
create constraint trigger two_people after insert on gridward.assignment deferrable initially deferred
for each row when (new.role in ('lead', 'deputy')) execute function gridward.two_people();

-- A plan comes into force with somebody to answer for each of its cells: a lead on some day of it, and so many officers as
-- the scheme of the place asks for. Only its first publication is judged: what a later plan cuts short stays as it was.
-- The owner, who restores and repairs, is not judged.
create function gridward.staffed_when_published() returns trigger language plpgsql
set search_path = gridward, public, pg_temp as $$
declare
    fewest integer;
    bare text;
begin
    if current_user <> 'gw_service'
       or exists (select from plan_validity v where v.plan_id = new.plan_id and v.id < new.id) then
        return null;
    end if;
    with recursive up (code) as (
        select new.station_code
        union
        select j.parent_code from jurisdiction j join up on j.code = up.code where j.recorded_to is null
    )
    select case when p.rules #>> '{staffing,scheme}' = 'single' then 1
                else coalesce((p.rules #>> '{staffing,officers_per_cell_min}')::numeric::integer, 2) end
    into fewest
    from profile p join up on up.code = p.bureau_code
    where p.recorded_to is null
    order by p.valid @> lower(new.valid) desc, upper_inf(p.valid) desc, upper(p.valid) desc limit 1;
    select string_agg(c.code, ', ' order by c.code collate "C") into bare
    from cell c
    where c.plan_id = new.plan_id and (
        not exists (select from assignment a where a.recorded_to is null and a.jurisdiction_code = c.code
                    and a.role = 'lead' and a.valid && new.valid)
        or (select count(distinct a.officer_id) from assignment a where a.recorded_to is null
            and a.jurisdiction_code = c.code and a.valid && new.valid) < coalesce(fewest, 2)
    );
    if bare is not null then
        raise exception 'gridward: plan % cannot come into force: no lead, or fewer than % officer(s), in %',
            new.plan_id, coalesce(fewest, 2), bare using errcode = 'GW001';
    end if;
    return null;
end $$;
create constraint trigger staffed_when_published after insert on gridward.plan_validity deferrable initially deferred
for each row execute function gridward.staffed_when_published();

-- The cells of a patrol group are of its station.
create function gridward.group_of_one_station() returns trigger language plpgsql
set search_path = gridward, public, pg_temp as $$
begin
    if not exists (
        select from patrol_group g join cell_code k on k.station_code = g.station_code
        where g.code = new.group_code and k.code = new.cell_code and g.recorded_to is null and g.valid && new.valid
    ) then
        raise exception 'gridward: cell % is of another station than patrol group %', new.cell_code, new.group_code
            using errcode = 'GW001';
    end if;
    return null;
end $$;
create constraint trigger group_of_one_station after insert on gridward.patrol_group_cell deferrable initially deferred
for each row execute function gridward.group_of_one_station();

-- Sub-areas of one cell do not overlap: a place has one of them at most, but for its border.
create function gridward.sub_areas_apart() returns trigger language plpgsql
set search_path = gridward, public, pg_temp as $$
declare
    other text;
begin
    if not exists (select from cell_code k where k.code = new.parent_code) then
        return null;
    end if;
    select s.code into other from jurisdiction s
    where s.parent_code = new.parent_code and s.code <> new.code and s.recorded_to is null and s.valid && new.valid
      and s.geom && new.geom and st_relate(s.geom, new.geom, 'T********')
      and exists (select from jurisdiction j where j.id = new.id and j.recorded_to is null)
    order by s.code collate "C" limit 1;
    if found then
        raise exception 'gridward: sub-area % overlaps sub-area % of cell %', new.code, other, new.parent_code
            using errcode = 'GW001';
    end if;
    return null;
end $$;
create constraint trigger sub_areas_apart after insert on gridward.jurisdiction deferrable initially deferred
for each row when (new.parent_code <> '' and not new.draws_cells) execute function gridward.sub_areas_apart();
