-- Entities that appeared or moved in this transaction fall into their cell and wait to be claimed there; open claims of
-- those that closed or moved away lapse first. Rows of this transaction are those recorded at its own time.
-- %(ids)s null = look at the whole register.
with now_there as materialized (
    select n.entity_id, n.geom, n.valid @> %(day)s and (n.closed is null or n.closed > %(day)s) as lives
    from entity n
    where n.recorded_from = now() and n.recorded_to is null and n.valid @> %(day)s
      and (%(ids)s::bigint[] is null or n.entity_id = any(%(ids)s))
),
pair as materialized (
    select row_number() over (order by n.entity_id) as k, n.entity_id, n.geom, n.lives, o.geom as old_geom,
           coalesce(o.closed is null or o.closed > %(day)s, false) as lived
    from now_there n
    left join lateral (
        select o.geom, o.closed from entity o
        where o.entity_id = n.entity_id and o.recorded_to = now() and o.recorded_from < now() and o.valid @> %(day)s
        limit 1
    ) o on true
),
place as materialized (
    select array_agg(st_x(geom) order by k) as x, array_agg(st_y(geom) order by k) as y,
           array_agg(st_x(old_geom) order by k) as old_x, array_agg(st_y(old_geom) order by k) as old_y
    from pair
),
fresh as materialized (
    select p.entity_id, p.lives, p.lived, here.cell_code, there.cell_code as old_cell
    from pair p
    left join (select c.* from place, locate_many(place.x, place.y, %(day)s) c) here on here.n = p.k
    left join (select c.* from place, locate_many(place.old_x, place.old_y, %(day)s) c) there on there.n = p.k
)
select f.entity_id, f.cell_code, f.lives, f.lived,
       f.lives and f.cell_code is not null and (not f.lived or f.old_cell is distinct from f.cell_code) as arrives,
       coalesce(l.claim_no, 0), coalesce(l.step_no, 0), l.step, l.cell_code, l.to_cell, l.fell_on
from fresh f
left join lateral (
    select * from claim_step s where s.entity_id = f.entity_id order by s.claim_no desc, s.step_no desc limit 1
) l on true
where (f.lives and f.cell_code is not null and (not f.lived or f.old_cell is distinct from f.cell_code))
   or l.step in ('fell', 'redrawn', 'wrong', 'disputed')
