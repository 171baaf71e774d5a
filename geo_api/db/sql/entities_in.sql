-- entities of a register that lie in some cells on a day: as the plan says, or, where the register spoke after the plan was
-- built, by the border rule. Whom the rule may give to a cell stands in the frame of its station
with frame as materialized (
    select st_expand(st_extent(j.geom)::geometry, 0.0001) as box
    from jurisdiction j
    where j.code in (select station_code from cell_code where code = any(%(cells)s)) and j.valid @> %(day)s
),
plans as materialized (
    select v.plan_id, p.created_at from plan_validity v join plan p using (plan_id)
    where /*known v*/ and v.valid @> %(day)s
),
built as materialized (
    select m.entity_id, m.cell_code, plans.created_at from plans join cell_entity m using (plan_id)
),
alive as materialized (
    select e.entity_id, e.recorded_from, e.geom
    from entity e
    where /*known e*/ and e.valid @> %(day)s and e.source = %(dataset)s and e.geom && (select box from frame)
    union
    select e.entity_id, e.recorded_from, e.geom
    from built join entity e using (entity_id)
    where built.cell_code = any(%(cells)s) and /*known e*/ and e.valid @> %(day)s and e.source = %(dataset)s
      and e.geom is not null
),
moved as materialized (
    select row_number() over () as n, alive.entity_id, st_x(alive.geom) as lon, st_y(alive.geom) as lat
    from alive left join built using (entity_id)
    where built.cell_code is null or alive.recorded_from > built.created_at
)
select built.entity_id
from built join alive using (entity_id)
where built.cell_code = any(%(cells)s) and not alive.recorded_from > built.created_at
union all
select moved.entity_id
from locate_many((select array_agg(lon order by n) from moved), (select array_agg(lat order by n) from moved), %(day)s)
    as found
join moved using (n)
where found.cell_code = any(%(cells)s)
order by 1
