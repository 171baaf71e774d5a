-- published plans of stations over a time, each with its cells
select v.plan_id, v.station_code, lower(v.valid), upper(v.valid), c.codes, c.names, c.shapes
from (
    select * from plan_validity
    where station_code = any(%(stations)s) and /*known*/ and valid && daterange(%(first)s, %(last)s)
) v
join lateral (
    select array_agg(code order by code collate "C") as codes, array_agg(name order by code collate "C") as names,
           array_agg(st_asbinary(geom) order by code collate "C") as shapes
    from cell where cell.plan_id = v.plan_id
) c on true
order by v.station_code collate "C", v.valid
