-- located entities of a station on a day: station first, the lowest code of those that cover the point
select e.entity_id, st_x(e.geom), st_y(e.geom), e.credit_class, e.industry, e.licensed, e.workload_hours
from jurisdiction s
join entity e on e.geom && s.geom and covers(s.geom, e.geom)
where s.code = %(station)s and s.recorded_to is null and s.valid @> %(day)s
  and e.recorded_to is null and e.valid @> %(day)s
  and (e.opened is null or e.opened <= %(day)s) and (e.closed is null or e.closed > %(day)s)
  and not exists (
      select from jurisdiction lower_code
      where lower_code.draws_cells and lower_code.recorded_to is null and lower_code.valid @> %(day)s
        and lower_code.code < %(station)s collate "C"
        and lower_code.geom && e.geom and covers(lower_code.geom, e.geom)
  )
order by e.entity_id
