-- The service reads everything, adds rows, closes them; it never chooses the time of recording, deletes or does DDL.

grant usage on schema gridward to gw_service;
grant select on all tables in schema gridward to gw_service;
grant usage on all sequences in schema gridward to gw_service;
grant execute on all functions in schema gridward to gw_service;

do $$
declare
    t record;
begin
    for t in
        select c.table_name, string_agg(quote_ident(c.column_name), ', ') as columns
        from information_schema.columns c
        where c.table_schema = 'gridward' and c.table_name not in ('alembic_version', 'plan_transition', 'change')
          and c.column_name not in ('recorded_from', 'recorded_to', 'at', 'created_at')
          and c.is_identity = 'NO'
        group by c.table_name
    loop
        execute format('grant insert (%s) on gridward.%I to gw_service', t.columns, t.table_name);
    end loop;
    for t in select table_name from information_schema.columns
             where table_schema = 'gridward' and column_name = 'recorded_to' loop
        execute format('grant update (recorded_to) on gridward.%I to gw_service', t.table_name);
    end loop;
end $$;

grant update (state, gate_findings, submitted_by, submitted_at, approved_by, approved_at, balance_waived)
on gridward.plan to gw_service;
grant update (revoked_at, revoked_by) on gridward.api_key to gw_service;
