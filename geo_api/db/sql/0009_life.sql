-- Claims and the ledger of the unlicensed: which step may follow which, held by the database too.

create function gridward.claim_steps() returns trigger language plpgsql
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
    allowed := case before.step
        when 'fell' then array['claimed', 'wrong', 'lapsed']
        when 'claimed' then array['wrong']
        when 'transferred' then array['wrong']
        when 'wrong' then array['transferred', 'disputed', 'lapsed']
        when 'disputed' then array['decided', 'lapsed']
    end;
    if allowed is null or new.step <> all (allowed) then
        raise exception 'gridward: claim % of entity % cannot go from % to %', new.claim_no, new.entity_id,
            coalesce(before.step, 'nothing'), new.step using errcode = 'GW001';
    end if;
    if new.cell_code <> before.cell_code or new.fell_on <> before.fell_on then
        raise exception 'gridward: claim % of entity % fell into % on %', new.claim_no, new.entity_id,
            before.cell_code, before.fell_on using errcode = 'GW001';
    end if;
    if new.step = 'wrong' and before.step <> 'fell' and exists (
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

create function gridward.unlicensed_steps() returns trigger language plpgsql
set search_path = gridward, public, pg_temp as $$
declare
    before text;
begin
    if new.step = 'discovered' then
        return new;
    end if;
    select step into before from unlicensed_step where entity_id = new.entity_id and step_no = new.step_no - 1;
    if before is null or before = 'closed' or (before in ('licensed', 'removed') and new.step <> 'closed') then
        raise exception 'gridward: the file of unlicensed entity % cannot go from % to %', new.entity_id,
            coalesce(before, 'nothing'), new.step using errcode = 'GW001';
    end if;
    return new;
end $$;

create trigger claim_steps before insert on gridward.claim_step
for each row execute function gridward.claim_steps();
create trigger unlicensed_steps before insert on gridward.unlicensed_step
for each row execute function gridward.unlicensed_steps();

do $$
declare
    t text;
    columns text;
begin
    foreach t in array array['claim_step', 'unlicensed_step', 'same_entity'] loop
        execute format('create trigger never_change before update on gridward.%I
                        for each row execute function gridward.never_change()', t);
        execute format('create trigger never_delete before delete on gridward.%I
                        for each row execute function gridward.never_change()', t);
        execute format('create trigger never_truncate before truncate on gridward.%I
                        for each statement execute function gridward.never_change()', t);
        select string_agg(quote_ident(c.column_name), ', ') into columns from information_schema.columns c
        where c.table_schema = 'gridward' and c.table_name = t and c.column_name <> 'at' and c.is_identity = 'NO';
        execute format('grant select, insert (%s) on gridward.%I to gw_service', columns, t);
        execute format('grant usage on sequence gridward.%I to gw_service', t || '_id_seq');
    end loop;
end $$;
