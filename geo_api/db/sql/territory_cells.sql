select c.code, c.name, c.station_code, v.plan_id, p.version, lower(v.valid), upper(v.valid), st_asbinary(c.geom),
       c.workload_hours_per_year, c.deviation, c.entities, c.area_m2
from plan_validity v
join plan p using (plan_id)
join cell c using (plan_id)
where v.valid @> %(day)s and v.recorded_from <= %(known)s and (v.recorded_to is null or v.recorded_to > %(known)s)
order by c.code collate "C"
