-- The register as it was recorded at a moment: schema gridward_then holds a view of each table that keeps its history, by the
-- table's own name, and a twin of each function that reads them. With "search_path = gridward_then, gridward, public" and
-- "gridward.moment" set, every query that asks what is recorded now tells what was recorded at that moment, word for word.

comment on schema gridward_then is 'the tables as they were recorded at the moment gridward.moment';

-- Made anew from the catalogue: a later migration that changes such a table or function calls this at its end.
create function gridward.remake_then() returns void
language plpgsql set search_path = pg_catalog as $$
declare
    moment constant text := '(select current_setting(''gridward.moment'')::timestamptz)';
    t record;
    f record;
    sql text;
begin
    for t in select c.relname from pg_class c where c.relnamespace = 'gridward_then'::regnamespace and c.relkind = 'v' loop
        execute format('drop view gridward_then.%I cascade', t.relname);
    end loop;
    for f in select p.oid::regprocedure as twin from pg_proc p where p.pronamespace = 'gridward_then'::regnamespace loop
        execute format('drop function %s cascade', f.twin);
    end loop;
    for t in
        select c.relname, bool_or(a.attname = 'recorded_to') as dated,
               max(a.attname) filter (where a.attname in ('at', 'issued_at')) as told,
               string_agg(case when a.attname = 'recorded_to' then 'null::timestamptz as recorded_to'
                               else quote_ident(a.attname) end, ', ' order by a.attnum) as columns
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'gridward'::regnamespace and c.relkind = 'r'
          and has_table_privilege('gw_service', c.oid, 'select')
        group by c.oid, c.relname
        having bool_or(a.attname in ('recorded_to', 'at', 'issued_at'))
    loop
        execute format(
            'create view gridward_then.%I as select %s from gridward.%I where ' || case
                when t.dated then 'recorded_from <= %4$s and (recorded_to is null or recorded_to > %4$s)'
                else '%5$I <= %4$s' end,
            t.relname, t.columns, t.relname, moment, t.told);
        execute format('grant select on gridward_then.%I to gw_service', t.relname);
    end loop;
    for f in
        select p.oid, p.oid::regprocedure as name from pg_proc p join pg_language l on l.oid = p.prolang
        where p.pronamespace = 'gridward'::regnamespace and p.provolatile = 's' and p.prosqlbody is null
          and not p.prosecdef and l.lanname = 'sql' and 'search_path=gridward, public, pg_temp' = any(p.proconfig)
        order by p.oid
    loop
        sql := replace(pg_get_functiondef(f.oid), 'SET search_path TO ''gridward''',
                       'SET search_path TO ''gridward_then'', ''gridward''');
        sql := replace(replace(sql, 'FUNCTION gridward.', 'FUNCTION gridward_then.'), 'gridward.locate_many', 'gridward_then.locate_many');
        execute sql;
    end loop;
end $$;
comment on function gridward.remake_then is 'makes the views and functions of schema gridward_then anew';
revoke execute on function gridward.remake_then() from public;

select gridward.remake_then();
grant usage on schema gridward_then to gw_service;
