-- the register of a bureau on a day, with the last visit up to it; /*known*/ picks what was recorded, /*frame*/ where
with wanted as (
    select e.entity_id, e.name, e.credit_code, e.registration_no, e.address, e.industry, e.credit_class, e.licensed,
           e.opened, st_x(e.geom) as lon, st_y(e.geom) as lat
    from entity e
    where /*known*/ and e.valid @> %(day)s
      and (e.opened is null or e.opened <= %(day)s) and (e.closed is null or e.closed > %(day)s)
      and e.source in (select source from jurisdiction where code = any(%(above)s)) /*frame*/
),
visited as (
    select i.entity_id, max(i.made_on) as made_on
    from inspection i
    where i.entity_id in (select entity_id from wanted) and i.made_on <= %(day)s and /*known_visit*/
    group by i.entity_id
)
select w.entity_id, w.name, w.credit_code, w.registration_no, w.address, w.industry, w.credit_class, w.licensed,
       w.opened, w.lon, w.lat, v.made_on, coalesce(m.cell_code, ''), coalesce(m.serial, 0),
       coalesce((p.parameters #>> '{codes,serial}')::int, 5)
from wanted w
left join visited v using (entity_id)
left join cell_entity m on m.entity_id = w.entity_id and m.plan_id = any(%(plans)s)
left join plan p on p.plan_id = m.plan_id
order by w.entity_id
