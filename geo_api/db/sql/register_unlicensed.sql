-- entities without a licence on a day, and those whose file was begun before, with the steps of their files
with recursive scope (code) as (
    select %(code)s::text
    union
    select j.code from scope join jurisdiction j on j.parent_code = scope.code and j.recorded_to is null
),
steps as materialized (
    select s.entity_id, jsonb_agg(jsonb_build_object('step', s.step, 'day', s.day, 'officer_id', s.officer_id, 'note', s.note,
                                  'actor', s.actor, 'became', s.became_entity_id) order by s.step_no) as steps
    from unlicensed_step s
    where s.day <= %(day)s and s.at <= coalesce(%(known)s::timestamptz, 'infinity')
      and (%(entity)s::bigint is null or s.entity_id = %(entity)s)
    group by s.entity_id
),
found as materialized (
    select row_number() over (order by e.entity_id) as k, e.entity_id, e.name, e.address, e.industry, e.geom, e.opened,
           steps.steps
    from entity e
    join entity_identity i using (entity_id)
    left join steps using (entity_id)
    where e.valid @> %(day)s and e.recorded_from <= coalesce(%(known)s::timestamptz, 'infinity')
      and (e.recorded_to is null or e.recorded_to > coalesce(%(known)s::timestamptz, 'infinity'))
      and (%(entity)s::bigint is null or e.entity_id = %(entity)s)
      and (steps.steps is not null or %(entity)s::bigint is not null
           or (not e.licensed and (e.closed is null or e.closed > %(day)s) and (e.opened is null or e.opened <= %(day)s)))
      and (%(entity)s::bigint is not null or i.source in (
          select j.source from jurisdiction j where j.code = any(%(above)s) and j.recorded_to is null))
),
place as materialized (
    select array_agg(st_x(geom) order by k) as x, array_agg(st_y(geom) order by k) as y from found
),
located as materialized (
    select f.*, l.cell_code, c.station_code
    from found f
    left join (select m.* from place, locate_many(place.x, place.y, %(day)s) m) l on l.n = f.k
    left join cell_code c on c.code = l.cell_code
)
select l.entity_id, l.name, l.address, l.industry, st_x(l.geom), st_y(l.geom), l.cell_code, l.opened,
       coalesce(l.steps, '[]')
from located l
where %(entity)s::bigint is not null or %(whole)s or l.cell_code = %(code)s or l.station_code in (select code from scope)
order by l.entity_id
