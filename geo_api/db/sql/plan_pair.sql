-- cell of each place in either of two plans by the border rule (gridding.territory), and the name of the entity there
with point as materialized (
    select p.entity_id, st_setsrid(st_makepoint(p.lon, p.lat), 4490) as place
    from unnest(%(ids)s::bigint[], %(lons)s::double precision[], %(lats)s::double precision[]) as p (entity_id, lon, lat)
),
drawn as materialized (
    select c.plan_id, c.code, st_force2d(c.geom) as shape, st_boundary(c.geom) as edge
    from cell c where c.plan_id in (%(old)s, %(new)s)
),
covered as materialized (
    select distinct on (asked.plan_id, point.entity_id) asked.plan_id, point.entity_id, point.place, drawn.code
    from point
    cross join (values (%(old)s::bigint), (%(new)s::bigint)) as asked (plan_id)
    left join drawn on drawn.plan_id = asked.plan_id and drawn.shape && point.place
        and covers(drawn.shape, drawn.edge, point.place)
    order by asked.plan_id, point.entity_id, drawn.code collate "C"
),
placed as (
    select covered.plan_id, covered.entity_id, coalesce(covered.code, (
        select c.code from cell c where c.plan_id = covered.plan_id
        order by apart(c.geom, covered.place), c.code collate "C" limit 1
    )) as code
    from covered
)
select before.entity_id, coalesce(e.name, ''), coalesce(before.code, ''), coalesce(after.code, '')
from placed before
join placed after on after.entity_id = before.entity_id and after.plan_id = %(new)s
left join entity e on e.entity_id = before.entity_id and e.recorded_to is null and e.valid @> %(day)s
where before.plan_id = %(old)s
order by before.entity_id
