select distinct e.address, st_x(e.geom) as lon, st_y(e.geom) as lat
from entity e
where e.address_key = %(key)s and e.address_key <> '' and e.recorded_to is null and e.valid @> %(day)s
  and e.geom is not null and (e.closed is null or e.closed > %(day)s)
order by 1, 2, 3
limit 100
