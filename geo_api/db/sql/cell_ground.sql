-- the cells that hold the ground of versions of a cell on other days: shares of the ground, entities in both
with held as materialized (
    select v.plan_id, v.valid, p.version
    from plan_validity v join plan p using (plan_id)
    where v.recorded_from <= %(known)s and (v.recorded_to is null or v.recorded_to > %(known)s)
),
ask as materialized (
    select a.n, a.plan_id, a.own_day, a.day, c.geom, st_area(c.geom) as area, exists (
        select from held join cell still using (plan_id) where held.valid @> a.day and still.code = %(code)s
    ) as this_stays
    from unnest(%(plans)s::bigint[], %(own_days)s::date[], %(days)s::date[]) with ordinality as a (plan_id, own_day, day, n)
    join cell c on c.plan_id = a.plan_id and c.code = %(code)s
),
link as materialized (
    select ask.n, ask.plan_id as this_plan, ask.own_day, ask.area, ask.this_stays, held.plan_id, held.version, held.valid,
           c.code, c.name, c.station_code, st_area(c.geom) as other_area,
           case when ask.plan_id = held.plan_id then case when c.code = %(code)s then ask.area else 0 end
                when ask.geom = c.geom then ask.area
                else st_area(st_intersection(ask.geom, c.geom)) end as common,
           (select count(*) from cell_entity a join cell_entity b on b.entity_id = a.entity_id and b.plan_id = held.plan_id
            where a.plan_id = ask.plan_id and a.cell_code = %(code)s and b.cell_code = c.code) as entities
    from ask
    join held on held.valid @> ask.day
    join cell c on c.plan_id = held.plan_id and c.geom && ask.geom
)
select link.n - 1, link.code, link.name, link.station_code, coalesce((
           select j.name from jurisdiction j
           where j.code = link.station_code and j.valid @> (select day from ask where ask.n = link.n)
             and j.recorded_from <= %(known)s and (j.recorded_to is null or j.recorded_to > %(known)s) limit 1
       ), ''),
       link.plan_id, link.version, lower(link.valid), upper(link.valid),
       link.common / link.area, link.common / link.other_area, link.entities, link.this_stays, exists (
           select from held join cell was using (plan_id) where held.valid @> link.own_day and was.code = link.code
       )
from link
where link.common > 0
  and (link.entities > 0 or link.common >= 1e-3 * link.area or link.common >= 1e-3 * link.other_area)
order by link.n, link.code collate "C"
