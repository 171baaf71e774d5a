-- Which rows each change touched, numbered in the order of commits.

-- The lock is held until the transaction ends: whoever gets the next number does so after the one before is committed
-- or gone. So a reader who has seen a number has seen every lower one that will ever be, whoever writes and how slowly.
create or replace function gridward.tell_change() returns trigger language plpgsql
security definer set search_path = gridward, public, pg_temp as $$
declare
    revision bigint;
begin
    if not exists (select from touched) then
        return null;
    end if;
    perform pg_advisory_xact_lock(1667785070);
    insert into change (what) values (tg_table_name) returning id into revision;
    insert into change_row (change_id, what, row_id, closed)
    select revision, tg_table_name, t.id, tg_op = 'UPDATE' from touched t order by t.id;
    perform pg_notify('gridward_published', revision::text);
    return null;
end $$;

-- What was recorded before this table was there, in the order of recording: closed rows before those that replace them.
insert into gridward.change_row (change_id, at, what, row_id, closed)
select coalesce((
           select max(c.id) from gridward.change c where c.what = was.what and c.at <= was.at
       ), 0), was.at, was.what, was.row_id, was.closed
from (
    select 'jurisdiction' as what, id as row_id, recorded_from as at, false as closed from gridward.jurisdiction
    union all select 'jurisdiction', id, recorded_to, true from gridward.jurisdiction where recorded_to is not null
    union all select 'profile', id, recorded_from, false from gridward.profile
    union all select 'profile', id, recorded_to, true from gridward.profile where recorded_to is not null
    union all select 'officer', id, recorded_from, false from gridward.officer
    union all select 'officer', id, recorded_to, true from gridward.officer where recorded_to is not null
    union all select 'assignment', id, recorded_from, false from gridward.assignment
    union all select 'assignment', id, recorded_to, true from gridward.assignment where recorded_to is not null
    union all select 'plan_validity', id, recorded_from, false from gridward.plan_validity
    union all select 'plan_validity', id, recorded_to, true from gridward.plan_validity where recorded_to is not null
) as was
order by 1, was.at, was.closed desc, was.what, was.row_id;

create trigger never_change before update on gridward.change_row
for each row execute function gridward.never_change();
create trigger never_delete before delete on gridward.change_row
for each row execute function gridward.never_change();
create trigger never_truncate before truncate on gridward.change_row
for each statement execute function gridward.never_change();

grant select on gridward.change_row to gw_service;
