-- versions of an entity as recorded at a moment, each with its cell on its first day (today's where it held ever)
select lower(v.valid), upper(v.valid), v.credit_code, v.registration_no, v.name, v.address, v.industry, v.credit_class,
       v.licensed, v.licence_until, v.workload_hours, v.opened, v.closed, st_x(v.geom), st_y(v.geom), v.placed_by,
       locate(st_x(v.geom), st_y(v.geom), coalesce(lower(v.valid), upper(v.valid) - 1, %(day)s)), v.recorded_from, v.source
from entity v
where v.entity_id = %(entity)s and v.recorded_from <= coalesce(%(known)s::timestamptz, 'infinity')
  and (v.recorded_to is null or v.recorded_to > coalesce(%(known)s::timestamptz, 'infinity'))
order by v.valid
