-- the station above a cell, with its outlines over a time
select code, name, lower(valid), upper(valid), st_asbinary(geom), draws_cells from jurisdiction
where code = any(%(above)s) and draws_cells and /*known*/ and valid && daterange(%(first)s, %(last)s)
order by valid
