-- the stations of a jurisdiction on a day: itself, or all below it
with recursive down (code) as (
    select %(code)s::text
    union
    select j.code from jurisdiction j join down on j.parent_code = down.code
    where j.recorded_to is null and j.valid @> %(day)s
)
select j.code, j.name, st_asbinary(j.geom), exists (
    select from plan_validity v where v.station_code = j.code and v.recorded_to is null and v.valid @> %(day)s
)
from jurisdiction j join down using (code)
where j.draws_cells and j.recorded_to is null and j.valid @> %(day)s
order by j.code collate "C"
