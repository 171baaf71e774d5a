-- the entities of a register that exist on a day, with their cell and the numbers of visits with a result, of bad ones (failed or
-- with something to correct) and of failed ones over some time
with alive as materialized (
    select e.entity_id, e.name, e.credit_code, e.credit_class, e.industry, e.licensed, e.recorded_from, e.geom
    from entity e
    where /*known e*/ and e.valid @> %(day)s
      and e.source = %(dataset)s and (%(ids)s::bigint[] is null or e.entity_id = any (%(ids)s))
      and (e.opened is null or e.opened <= %(day)s) and (e.closed is null or e.closed > %(day)s)
),
plans as materialized (
    select v.plan_id, p.created_at from plan_validity v join plan p using (plan_id)
    where /*known v*/ and v.valid @> %(day)s
),
built as materialized (
    select m.entity_id, m.cell_code, plans.created_at from plans join cell_entity m using (plan_id)
),
-- what the register said after the plan was built, and what the plan did not know, is located
moved as materialized (
    select row_number() over () as n, alive.entity_id, st_x(alive.geom) as lon, st_y(alive.geom) as lat
    from alive left join built using (entity_id)
    where alive.geom is not null and (built.cell_code is null or alive.recorded_from > built.created_at)
),
located as materialized (
    select moved.entity_id, found.cell_code
    from locate_many((select array_agg(lon order by n) from moved), (select array_agg(lat order by n) from moved), %(day)s)
        as found
    join moved using (n)
),
made as materialized (
    select i.entity_id, count(*) as visits, count(*) filter (where i.result in ('minor', 'fail')) as bad,
           count(*) filter (where i.result = 'fail') as fails
    from inspection i
    where /*known i*/
      and i.made_on > %(first)s and i.made_on <= %(day)s and i.result <> 'none'
      and (%(ids)s::bigint[] is null or i.entity_id = any (%(ids)s))
    group by i.entity_id
)
select a.entity_id, a.name, a.credit_code, a.credit_class, a.industry, a.licensed,
       case when moved.entity_id is not null then coalesce(located.cell_code, '')
            when a.geom is null then '' else coalesce(built.cell_code, '') end as cell_code,
       coalesce(made.visits, 0) as visits, coalesce(made.bad, 0) as bad, coalesce(made.fails, 0) as fails
from alive a
left join built using (entity_id)
left join moved using (entity_id)
left join located using (entity_id)
left join made using (entity_id)
order by a.entity_id
