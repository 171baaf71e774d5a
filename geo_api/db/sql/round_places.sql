-- the entities around some cells on a day, with the last visit made before it; which cell each lies in is asked of locate_many
select e.entity_id, e.name, e.address, e.industry, e.credit_class, e.licensed, st_x(e.geom), st_y(e.geom), e.opened,
       (select max(i.made_on) from inspection i
        where i.entity_id = e.entity_id and i.recorded_to is null and i.made_on < %(day)s)
from entity e
where e.recorded_to is null and e.valid @> %(day)s
  and (e.opened is null or e.opened <= %(day)s) and (e.closed is null or e.closed > %(day)s)
  and e.geom && (
      select st_expand(st_extent(c.geom)::geometry, 0.0001) from plan_validity v join cell c using (plan_id)
      where v.recorded_to is null and v.valid @> %(day)s and c.code = any(%(cells)s)
  )
order by e.entity_id
