-- visits of some kinds to the businesses of a bureau (its register), a station or a cell (what lies in it);
-- station = place in the list of visit_days_places, -1 = in none of them
with place as materialized (
    select source, draws_cells, geom from jurisdiction where code = %(code)s and /*known*/ and upper_inf(valid)
    union all
    (select j.source, true, c.geom from cell c join jurisdiction j on j.code = c.station_code
     where c.code = %(code)s and j.recorded_to is null and upper_inf(j.valid) order by c.plan_id desc limit 1)
),
part as materialized (
    select geom, row_number() over (order by code collate "C") as no from jurisdiction
    where draws_cells and code <> %(code)s and parent_code = %(code)s and /*known*/ and upper_inf(valid)
),
latest as materialized (
    select distinct on (e.entity_id) e.entity_id, e.geom from entity e join place p on e.source = p.source
    where e.recorded_to is null order by e.entity_id, lower(e.valid) desc nulls last
),
business as materialized (
    select l.entity_id, coalesce((select min(t.no) from part t where st_covers(t.geom, l.geom)), -1) as station
    from latest l, place p
    where not p.draws_cells or st_covers(p.geom, l.geom)
)
select v.entity_id as entity, v.made_on - date '2000-01-01' as day, b.station
from inspection v join business b using (entity_id)
where /*known*/ and v.kind = any(%(kinds)s)
  and (%(first)s::date is null or v.made_on >= %(first)s) and (%(last)s::date is null or v.made_on < %(last)s)
  and (%(purpose)s = '' or v.purpose = %(purpose)s)
