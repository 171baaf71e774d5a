-- entities of the datasets of a bureau that exist on a day
select e.entity_id as ids, e.name, coalesce(st_x(e.geom), 'nan'::float8) as lon,
       coalesce(st_y(e.geom), 'nan'::float8) as lat, e.credit_class, e.industry, e.licensed,
       coalesce(e.workload_hours, 'nan'::float8) as given_hours,
       coalesce(greatest(e.opened, lower(e.valid)) - date '1970-01-01', %(none)s) as since
from entity e
where e.recorded_to is null and e.valid @> %(day)s
  and (e.opened is null or e.opened <= %(day)s) and (e.closed is null or e.closed > %(day)s)
  and e.source in (select source from jurisdiction where code = any(%(codes)s) and recorded_to is null)
order by e.entity_id
