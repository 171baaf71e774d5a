-- entities drawn for a sampling quota, by year: of each jurisdiction, year and industry the last draw known
select m.entity_id, d.year
from (
    select distinct on (jurisdiction_code, year, industry) draw_id, year from sampling_draw
    where at <= coalesce(%(moment)s, now())
    order by jurisdiction_code, year, industry, draw_id desc
) d
join sampling_member m using (draw_id)
