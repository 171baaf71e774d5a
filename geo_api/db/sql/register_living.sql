-- the entities of a bureau that exist on a day, and whether each lies in the jurisdiction asked about
select e.entity_id as ids, e.name, e.address, e.address_key, e.credit_code, e.registration_no,
       coalesce(st_x(e.geom), 'NaN') as lon, coalesce(st_y(e.geom), 'NaN') as lat,
       %(whole)s or coalesce(st_intersects(ground.geom, e.geom), false) as inside
from entity e
left join (
    select geom from jurisdiction where code = %(code)s and recorded_to is null and valid @> %(day)s
    union all
    select c.geom from plan_validity v join cell c using (plan_id)
    where v.recorded_to is null and v.valid @> %(day)s and c.code = %(code)s
    limit 1
) ground on true
where e.recorded_to is null and e.valid @> %(day)s and (e.closed is null or e.closed > %(day)s)
  and e.source in (select j.source from jurisdiction j where j.code = any(%(above)s) and j.recorded_to is null)
order by e.entity_id
