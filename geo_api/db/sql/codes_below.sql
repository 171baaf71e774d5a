-- a jurisdiction or cell code, the jurisdictions below it, and every cell code of its stations
with recursive down (code) as (
    select %(code)s::text
    union
    select j.code from jurisdiction j join down on j.parent_code = down.code where j.recorded_to is null
)
select code from down
union
select c.code from cell_code c join down on c.station_code = down.code
order by 1
