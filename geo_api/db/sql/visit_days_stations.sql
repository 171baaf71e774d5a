-- outlines of the stations below a jurisdiction that draws no cells itself, in the order of visit_days_places
with now as (select code, parent_code, draws_cells, geom from jurisdiction where /*known*/ and upper_inf(valid))
select st_asbinary(geom) from now
where draws_cells and code <> %(code)s and parent_code = %(code)s
  and not exists (select from now own where own.code = %(code)s and own.draws_cells)
order by code collate "C"
