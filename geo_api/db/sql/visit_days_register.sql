-- the businesses of a bureau, each where its last known place is
select distinct on (e.entity_id) e.entity_id as entity,
       coalesce(st_x(e.geom), 'nan'::float8) as lon, coalesce(st_y(e.geom), 'nan'::float8) as lat
from entity e
where e.recorded_to is null
  and e.source in (select source from jurisdiction where code = %(code)s and /*known*/ and upper_inf(valid))
order by e.entity_id, lower(e.valid) desc nulls last
