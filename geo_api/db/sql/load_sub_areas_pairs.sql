-- staged parts of cells beside what the dataset said of them last
create temp table pair_sub_area on commit drop as
select s.*, j.digest as known, coalesce(j.digest = s.digest, false) as same
from (select code, name, cell_code, geom, md5(row(code, name, cell_code, geom)::text) as digest from stage_sub_area) s
left join lateral (
    select digest from jurisdiction where code = s.code and source = %(source)s order by recorded_from desc, id desc limit 1
) j on true
