-- Who did it: keys of officers; visits of entities named by permanent id or entity code; open claims follow a redraw.

grant insert (officer_id) on gridward.api_key to gw_service;

-- A key is an officer's only where there is such an officer.
create function gridward.key_officer() returns trigger language plpgsql
set search_path = gridward, public, pg_temp as $$
begin
    if not exists (select from officer o where o.officer_id = new.officer_id and o.recorded_to is null) then
        raise exception 'gridward: there is no officer % for a key', new.officer_id using errcode = 'GW001';
    end if;
    return new;
end $$;
create trigger key_officer before insert on gridward.api_key for each row when (new.officer_id is not null)
execute function gridward.key_officer();

-- The entity that a text names in a dataset: its id there; else its credit code or registration number, none where several
-- bear it; else its entity code in a published plan; else its permanent id, but not in a register whose own ids are numbers: a
-- licence number outside the register would be taken for the id of somebody else.
create or replace function gridward.find_entities(dataset text, texts text[])
returns table (written text, entity_id bigint)
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
    by_number as materialized (
        select o.written, e.entity_id from others o
        join entity e on e.credit_code = o.written and e.credit_code <> ''
        where e.recorded_to is null and e.source = dataset
        union
        select o.written, e.entity_id from others o
        join entity e on e.registration_no = o.written and e.registration_no <> ''
        where e.recorded_to is null and e.source = dataset
    ),
    -- what is left and ends in a digit, as both codes and permanent ids do
    left_over as materialized (
        select o.written from others o
        where o.written ~ '[0-9]$' and not exists (select from by_number n where n.written = o.written)
    ),
    by_code as materialized (
        select distinct l.written, m.entity_id
        from left_over l
        cross join generate_series(1, 9) as part (width)
        join cell_code k on length(l.written) > part.width and k.code = left(l.written, -part.width)
        join plan_validity v on v.station_code = k.station_code and v.recorded_to is null
        join plan p on p.plan_id = v.plan_id and coalesce((p.parameters #>> '{codes,serial}')::integer, 5) = part.width
        join cell_entity m on m.plan_id = v.plan_id and m.cell_code = k.code
            and m.serial = case when right(l.written, part.width) ~ '^[0-9]+$' then right(l.written, part.width)::integer end
        join entity_identity i on i.entity_id = m.entity_id and i.source = dataset
    ),
    by_permanent as (
        select l.written, i.entity_id from left_over l
        join entity_identity i on i.source = dataset
            and i.entity_id = case when l.written ~ '^[1-9][0-9]{0,17}$' then l.written::bigint end
        where not exists (select from by_code c where c.written = l.written)
          and case when l.written <> '' then not exists (  -- asked only where something is left; by the index
              select from entity_identity n
              where n.source = dataset and n.source_id >= '0' and n.source_id < ':' and n.source_id ~ '^[0-9]+$'
          ) end
    )
    select b.written, b.entity_id from by_id b
    union all
    select n.written, min(n.entity_id) from by_number n group by n.written having count(distinct n.entity_id) = 1
    union all
    select c.written, min(c.entity_id) from by_code c group by c.written having count(distinct c.entity_id) = 1
    union all
    select p.written, p.entity_id from by_permanent p
$$;
comment on function gridward.find_entities is
    'entities of a dataset by its id, credit code, registration number, entity code or permanent id';

create or replace function gridward.match_new_entities() returns trigger language plpgsql
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
             unnest(array[i.source_id, a.credit_code, a.registration_no, a.entity_id::text]) as t (written)
        where t.written <> ''
        group by i.source
    loop
        perform match_visits(dataset, texts);
    end loop;
    return null;
end $$;

-- An open claim whose place lies in another cell since a redraw waits there: step 'redrawn', with the plan as its document.
create or replace function gridward.claim_steps() returns trigger language plpgsql
set search_path = gridward, public, pg_temp as $$
declare
    before claim_step;
    allowed text[];
begin
    if new.step = 'fell' then
        if new.claim_no > 1 then
            select * into before from claim_step where entity_id = new.entity_id and claim_no = new.claim_no - 1
            order by step_no desc limit 1;
            if before.step is null or before.step not in ('claimed', 'transferred', 'decided', 'lapsed') then
                raise exception 'gridward: entity % waits to be claimed already', new.entity_id using errcode = 'GW001';
            end if;
        end if;
        return new;
    end if;
    select * into before from claim_step
    where entity_id = new.entity_id and claim_no = new.claim_no and step_no = new.step_no - 1;
    allowed := case
        when before.step in ('fell', 'redrawn') then array['claimed', 'wrong', 'lapsed', 'redrawn']
        when before.step in ('claimed', 'transferred') then array['wrong']
        when before.step = 'wrong' then array['transferred', 'disputed', 'lapsed', 'redrawn']
        when before.step = 'disputed' then array['decided', 'lapsed']
    end;
    if allowed is null or new.step <> all (allowed) then
        raise exception 'gridward: claim % of entity % cannot go from % to %', new.claim_no, new.entity_id,
            coalesce(before.step, 'nothing'), new.step using errcode = 'GW001';
    end if;
    if new.cell_code <> before.cell_code or new.fell_on <> before.fell_on then
        raise exception 'gridward: claim % of entity % fell into % on %', new.claim_no, new.entity_id,
            before.cell_code, before.fell_on using errcode = 'GW001';
    end if;
    if new.step = 'wrong' and before.step in ('claimed', 'transferred') and exists (
        select from claim_step later where later.entity_id = new.entity_id and later.claim_no > new.claim_no
    ) then
        raise exception 'gridward: entity % has a later claim than %', new.entity_id, new.claim_no
            using errcode = 'GW001';
    end if;
    if new.step in ('transferred', 'decided') and exists (
        select from claim_step raised where raised.entity_id = new.entity_id and raised.claim_no = new.claim_no
            and raised.step_no between new.step_no - case new.step when 'decided' then 2 else 1 end and new.step_no - 1
            and raised.step in ('wrong', 'disputed') and raised.actor = new.actor
    ) then
        raise exception 'gridward: % raised this about entity %: nobody decides on what they raised',
            new.actor, new.entity_id using errcode = 'GW001';
    end if;
    return new;
end $$;
