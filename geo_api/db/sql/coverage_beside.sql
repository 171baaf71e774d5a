-- stations beside others, with their outlines over a time: a point on a common border belongs to the lowest code
select code, name, lower(valid), upper(valid), st_asbinary(geom), draws_cells from jurisdiction
where draws_cells and /*known*/ and valid && daterange(%(first)s, %(last)s) and not code = any(%(stations)s)
  and geom && (select st_extent(geom)::geometry from jurisdiction where code = any(%(stations)s) and /*known*/)
order by code collate "C", valid
