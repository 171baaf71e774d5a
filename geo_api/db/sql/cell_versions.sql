-- every version of a cell code that is or will be in force, as known at a moment
select c.code, c.name, c.station_code, coalesce(s.name, ''), v.plan_id, p.version, lower(v.valid), upper(v.valid),
       c.entities, c.workload_hours_per_year, c.area_m2
from cell_code k
join plan_validity v on v.station_code = k.station_code
    and v.recorded_from <= %(known)s and (v.recorded_to is null or v.recorded_to > %(known)s)
join plan p using (plan_id)
join cell c on c.plan_id = v.plan_id and c.code = k.code
left join lateral (
    select j.name from jurisdiction j
    where j.code = c.station_code and j.recorded_from <= %(known)s
      and (j.recorded_to is null or j.recorded_to > %(known)s)
    order by j.valid && v.valid desc, j.valid desc limit 1
) s on true
where k.code = %(code)s
order by v.valid
