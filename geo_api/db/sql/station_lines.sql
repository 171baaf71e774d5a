select l.kind, st_asbinary(l.geom)
from jurisdiction s
join boundary_line l on l.geom && st_expand(s.geom, 0.001)
where s.code = %(station)s and s.recorded_to is null and s.valid @> %(day)s
  and l.recorded_to is null and l.valid @> %(day)s
order by l.id
