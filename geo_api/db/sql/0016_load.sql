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
