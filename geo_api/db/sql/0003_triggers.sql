-- History is insert-only, and the database itself holds to it.

create function gridward.keep_history() returns trigger language plpgsql as $$
declare
    closed record := new;
begin
    if old.recorded_to is not null then
        raise exception 'gridward: a replaced row of % cannot be changed', tg_table_name using errcode = 'GW001';
    end if;
    closed.recorded_to := null;
    if new.recorded_to is null or closed *<> old then
        raise exception 'gridward: recorded rows of % are never changed; close recorded_to and insert a new row',
            tg_table_name using errcode = 'GW001';
    end if;
    new.recorded_to := greatest(now(), old.recorded_from);  -- nobody chooses the time of recording
    return new;
end $$;

create function gridward.never_change() returns trigger language plpgsql as $$
begin
    raise exception 'gridward: % of % is forbidden: what was recorded stays', lower(tg_op), tg_table_name
        using errcode = 'GW001';
end $$;

create function gridward.only_drafts_grow() returns trigger language plpgsql as $$
declare
    closed_plan bigint;
begin
    select plan_id into closed_plan from gridward.plan
    where plan_id in (select distinct plan_id from added) and state <> 'draft' limit 1;
    if found then
        raise exception 'gridward: plan % is no longer a draft; its % cannot grow', closed_plan, tg_table_name
            using errcode = 'GW001';
    end if;
    return null;
end $$;

create function gridward.plan_steps() returns trigger language plpgsql as $$
declare
    content record := new;
begin
    content.state := old.state;
    content.gate_findings := old.gate_findings;
    content.submitted_by := old.submitted_by;
    content.submitted_at := old.submitted_at;
    content.approved_by := old.approved_by;
    content.approved_at := old.approved_at;
    content.balance_waived := old.balance_waived;
    if content *<> old then
        raise exception 'gridward: the content of plan % cannot be changed; build a new draft', old.plan_id
            using errcode = 'GW001';
    end if;
    if not exists (
        select from gridward.plan_transition t where t.from_state = old.state and t.to_state = new.state
    ) then
        raise exception 'gridward: plan % cannot go from % to %', old.plan_id, old.state, new.state
            using errcode = 'GW001';
    end if;
    return new;
end $$;

create function gridward.publish_what_is_approved() returns trigger language plpgsql as $$
begin
    if not exists (
        select from gridward.plan p where p.plan_id = new.plan_id and p.state in ('published', 'superseded')
    ) then
        raise exception 'gridward: plan % is not published', new.plan_id using errcode = 'GW001';
    end if;
    return new;
end $$;

create function gridward.key_steps() returns trigger language plpgsql as $$
declare
    content record := new;
begin
    content.revoked_at := old.revoked_at;
    content.revoked_by := old.revoked_by;
    if content *<> old or old.revoked_at is not null or new.revoked_at is null then
        raise exception 'gridward: a key can only be revoked, once' using errcode = 'GW001';
    end if;
    new.revoked_at := now();
    return new;
end $$;

create function gridward.tell_change() returns trigger language plpgsql
security definer set search_path = gridward, public, pg_temp as $$
declare
    revision bigint;
begin
    if not exists (select from touched) then
        return null;
    end if;
    insert into change (what) values (tg_table_name) returning id into revision;
    perform pg_notify('gridward_published', revision::text);
    return null;
end $$;

do $$
declare
    t text;
begin
    foreach t in array array['jurisdiction', 'boundary_line', 'base_unit', 'market', 'profile', 'entity', 'inspection',
                             'officer', 'assignment', 'plan_validity'] loop
        execute format('create trigger keep_history before update on gridward.%I
                        for each row execute function gridward.keep_history()', t);
    end loop;
    foreach t in array array['event', 'change', 'import_run', 'cell', 'block', 'cell_border', 'cell_entity',
                             'proposed_assignment', 'cell_code', 'entity_identity', 'plan_transition'] loop
        execute format('create trigger never_change before update on gridward.%I
                        for each row execute function gridward.never_change()', t);
    end loop;
    foreach t in array array['cell', 'block', 'cell_border', 'cell_entity', 'proposed_assignment'] loop
        execute format('create trigger only_drafts_grow after insert on gridward.%I referencing new table as added
                        for each statement execute function gridward.only_drafts_grow()', t);
    end loop;
    foreach t in array array['jurisdiction', 'profile', 'officer', 'assignment', 'plan_validity'] loop
        execute format('create trigger tell_new after insert on gridward.%I referencing new table as touched
                        for each statement execute function gridward.tell_change()', t);
        execute format('create trigger tell_closed after update on gridward.%I referencing new table as touched
                        for each statement execute function gridward.tell_change()', t);
    end loop;
    for t in select tablename from pg_tables where schemaname = 'gridward' and tablename <> 'alembic_version' loop
        execute format('create trigger never_delete before delete on gridward.%I
                        for each row execute function gridward.never_change()', t);
        execute format('create trigger never_truncate before truncate on gridward.%I
                        for each statement execute function gridward.never_change()', t);
    end loop;
end $$;

create trigger plan_steps before update on gridward.plan for each row execute function gridward.plan_steps();
create trigger publish_what_is_approved before insert on gridward.plan_validity
for each row execute function gridward.publish_what_is_approved();
create trigger key_steps before update on gridward.api_key for each row execute function gridward.key_steps();
