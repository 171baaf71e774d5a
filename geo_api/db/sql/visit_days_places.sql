-- a jurisdiction or cell (first), and the stations below it by code
select code, name from jurisdiction where code = %(code)s and /*known*/ and upper_inf(valid)
union all
select c.code, c.name from (
    select code, name from cell where code = %(code)s order by plan_id desc limit 1
) c
union all
select * from (
    select code, name from jurisdiction
    where draws_cells and code <> %(code)s and parent_code = %(code)s and /*known*/ and upper_inf(valid)
    order by code collate "C"
) s
