-- entities of the datasets of a bureau that exist on a day
select e.entity_id, e.name, st_x(e.geom), st_y(e.geom), e.credit_class, e.industry, e.licensed, e.workload_hours,
       greatest(e.opened, lower(e.valid)) as since
from entity e
where e.recorded_to is null and e.valid @> %(day)s
  and (e.opened is null or e.opened <= %(day)s) and (e.closed is null or e.closed > %(day)s)
  and e.source in (select source from jurisdiction where code = any(%(codes)s) and recorded_to is null)
order by e.entity_id
