-- jurisdictions in force on a day; outlines of the stations and of the parts of cells alone
select j.code, j.name, j.parent_code, j.draws_cells,
       case when j.draws_cells or exists (select from cell_code k where k.code = j.parent_code)
            then st_asbinary(j.geom) end as outline
from jurisdiction j
where j.valid @> %(day)s and j.recorded_from <= %(known)s and (j.recorded_to is null or j.recorded_to > %(known)s)
order by j.code collate "C"
