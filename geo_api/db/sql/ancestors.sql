-- a jurisdiction, a cell code or a part of a cell, and every level above it, lowest first
with recursive up (code, parent_code, height) as (
    select found.code, found.parent_code, 0
    from (
        select code, parent_code from jurisdiction where code = %(code)s and recorded_to is null
        union all
        select code, station_code from cell_code where code = %(code)s
        limit 1
    ) found
    union all
    select j.code, j.parent_code, up.height + 1
    from up join lateral (
        select code, parent_code from jurisdiction where code = up.parent_code and recorded_to is null
        union all
        select code, station_code from cell_code where code = up.parent_code
        limit 1
    ) j on true
    where up.height < 20
)
select code from up order by height
