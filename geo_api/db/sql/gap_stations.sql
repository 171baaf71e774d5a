-- since when a station has its outline, and when its last plan ended
select s.code,
       (select lower(j.valid) from jurisdiction j
        where j.code = s.code and j.recorded_to is null and j.valid @> %(day)s) as outline_from,
       (select lower(v.valid) from plan_validity v
        where v.station_code = s.code and v.recorded_to is null and v.valid @> %(day)s) as plan_from,
       (select max(upper(v.valid)) from plan_validity v
        where v.station_code = s.code and v.recorded_to is null and upper(v.valid) <= %(day)s) as last_plan
from unnest(%(stations)s::text[]) as s (code)
