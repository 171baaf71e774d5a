-- a jurisdiction and all below it, with their outlines over a time
with recursive known as (
    select code, parent_code, name, draws_cells, valid, geom from jurisdiction where /*known*/
),
down (code) as (
    select %(code)s::text
    union
    select j.code from known j join down on j.parent_code = down.code
)
select code, name, lower(valid), upper(valid), st_asbinary(geom), draws_cells from known
where code in (select code from down) and valid && daterange(%(first)s, %(last)s)
order by code collate "C", valid
