-- Whole cities go in: rules that held row by row are asked once for all rows of a statement.

-- A visit is to an entity that there is: what the foreign key held, in one join instead of two million questions, each
-- of which locked a row. Identities are never deleted or changed (0003_triggers.sql), so it goes on holding.
create function gridward.visits_of_entities() returns trigger language plpgsql
set search_path = gridward, public, pg_temp as $$
declare
    stranger bigint;
begin
    -- planned each time: one visit is looked up, a city's visits are hashed
    execute 'select a.entity_id from added a where not exists (select from entity_identity i where i.entity_id = a.entity_id) '
            'limit 1' into stranger;
    if stranger is not null then
        raise exception 'gridward: a visit to entity %, which there is not', stranger using errcode = '23503';
    end if;
    return null;
end $$;
alter table gridward.inspection drop constraint fk_inspection_entity_id;
create trigger visits_of_entities after insert on gridward.inspection referencing new table as added
for each statement execute function gridward.visits_of_entities();

-- What a visit says, as one value: equal for the same visit, whatever file it comes in. That of a plain visit is that of
-- before visits had findings, officers, deadlines. Inlined where it is called with columns.
create function gridward.visit_digest(
    visit_id text, made_on date, kind text, officer_id text, result text, officers text, purpose text, findings text,
    notice_no text, rectify_by date, revisit_of text, minutes integer
) returns text language sql stable parallel safe
as $$
    select md5(
        row(visit_id, made_on, kind, officer_id, result)::text
        || case when coalesce(officers, '') = coalesce(officer_id, '') and coalesce(purpose, '') = ''
                     and coalesce(findings, '') = '' and coalesce(notice_no, '') = '' and rectify_by is null
                     and revisit_of is null and minutes is null then ''
                else row(officers, purpose, findings, notice_no, rectify_by, revisit_of, minutes)::text
           end
    )
$$;
comment on function gridward.visit_digest is 'digest of a visit as staged: officers as text with ; between them';

-- As before, but a number is no permanent id in a register whose own ids are numbers: a licence number outside the register
-- would be taken for the id of somebody else.
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
