-- the entities of a register that exist on a day, with their cell, their last visits up to it, and rectification notices that
-- nobody followed up: no visit names them, no later visit passed
with alive as materialized (
    select e.entity_id, e.name, e.credit_code, e.address, e.credit_class, e.industry, e.licensed, e.opened, e.licence_until,
           lower(e.valid) as since, e.recorded_from, e.geom
    from entity e
    where /*known e*/ and e.valid @> %(day)s
      and e.source = %(dataset)s
      and (e.opened is null or e.opened <= %(day)s) and (e.closed is null or e.closed > %(day)s)
      and (%(entities)s::bigint[] is null or e.entity_id = any(%(entities)s))
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
    select i.entity_id, max(i.made_on) filter (where i.kind = any(%(kinds)s)) as counted, max(i.made_on) as last,
           max(i.made_on) filter (where i.result = 'fail') as fail, max(i.made_on) filter (where i.result = 'minor') as minor,
           max(i.made_on) filter (where i.result = 'pass') as pass
    from inspection i
    where /*known i*/ and i.made_on <= %(day)s
      and (%(entities)s::bigint[] is null or i.entity_id = any(%(entities)s))
    group by i.entity_id
),
unpassed as materialized (
    select i.entity_id, i.visit_id, i.made_on, i.rectify_by
    from made join inspection i using (entity_id)
    where /*known i*/ and i.rectify_by is not null and i.made_on <= %(day)s and (made.pass is null or i.made_on >= made.pass)
),
-- each of these few is asked by itself: a join would read all visits once more
notices as materialized (
    select u.entity_id,
           string_agg(u.visit_id || chr(30) || (u.rectify_by - %(epoch)s::date), chr(29) order by u.rectify_by, u.visit_id) as open
    from unpassed u
    where coalesce((
        select false from inspection r
        where r.entity_id = u.entity_id and r.made_on between u.made_on and %(day)s and r.visit_id <> u.visit_id
          and r.revisit_of = u.visit_id and r.result <> 'none' and /*known r*/
        limit 1
    ), true)
    group by u.entity_id
),
steps as materialized (  -- of the ledger of the unlicensed
    select entity_id, max(day) as day from unlicensed_step
    where day <= %(day)s and at <= %(known)s group by entity_id
)
select a.entity_id, a.name, a.credit_code, a.address, a.credit_class, a.industry, a.licensed,
       coalesce(a.opened - %(epoch)s::date, %(none)s) as opened,
       coalesce(a.licence_until - %(epoch)s::date, %(none)s) as licence_until,
       coalesce(a.since - %(epoch)s::date, %(none)s) as since,
       case when moved.entity_id is not null then coalesce(located.cell_code, '')
            when a.geom is null then '' else coalesce(built.cell_code, '') end as cell_code,
       coalesce(made.counted - %(epoch)s::date, %(none)s) as counted,
       coalesce(made.last - %(epoch)s::date, %(none)s) as last,
       coalesce(made.fail - %(epoch)s::date, %(none)s) as fail,
       coalesce(made.minor - %(epoch)s::date, %(none)s) as minor,
       coalesce(greatest(made.last, steps.day) - %(epoch)s::date, %(none)s) as followed,
       coalesce(notices.open, '') as notices
from alive a
left join built using (entity_id)
left join moved using (entity_id)
left join located using (entity_id)
left join made using (entity_id)
left join steps using (entity_id)
left join notices using (entity_id)
order by a.entity_id
