-- the claims that concern a jurisdiction, as they stood on a day and as it was recorded at a moment
with recursive scope (code) as (
    select %(code)s::text
    union
    select j.code from scope join jurisdiction j on j.parent_code = scope.code and j.recorded_to is null
),
ground as materialized (
    select k.code, k.station_code from cell_code k
    where k.code = %(code)s or k.station_code in (select code from scope)
),
-- plans in force on the day; a redraw moves claims within a station, or between stations whose outlines changed
plan_then as materialized (
    select v.plan_id, v.station_code, lower(v.valid) as since, v.recorded_from as recorded from plan_validity v
    where v.valid @> %(day)s and v.recorded_from <= coalesce(%(known)s::timestamptz, 'infinity')
      and (v.recorded_to is null or v.recorded_to > coalesce(%(known)s::timestamptz, 'infinity'))
),
known as materialized (
    select s.* from claim_step s
    where s.day <= %(day)s and s.at <= coalesce(%(known)s::timestamptz, 'infinity')
      and (%(ids)s::bigint[] is null or s.entity_id = any(%(ids)s))
),
last as materialized (
    select t.*, t.claim_no = max(t.claim_no) over (partition by t.entity_id) as youngest from (
        select distinct on (s.entity_id, s.claim_no) s.* from known s
        order by s.entity_id, s.claim_no, s.step_no desc
    ) t
),
-- where the jurisdiction is: what lies elsewhere and fell elsewhere is no concern of it
ground_box as materialized (
    select st_extent(shape)::geometry as shape from (
        select j.geom as shape from jurisdiction j where j.code in (select code from scope) and j.recorded_to is null
        union all
        select c.geom from plan_then p join cell c using (plan_id) where c.code = %(code)s
    ) parts
),
settled as materialized (
    select s.entity_id, s.claim_no, min(s.day) as day from known s
    where s.step in ('claimed', 'transferred', 'decided') group by 1, 2
),
asked as materialized (
    select s.entity_id, s.claim_no, max(s.day) as day from known s where s.step = 'redrawn' group by 1, 2
),
-- claims that a plan younger than their last step may have moved: what people gave to a cell stays with it while there is
-- such a cell, what is disputed is decided
candidate as materialized (
    select l.entity_id, l.claim_no, e.geom, coalesce(nullif(l.to_cell, ''), l.cell_code) as cell
    from last l
    join cell_code here on here.code = l.cell_code
    left join cell_code there on there.code = l.to_cell
    join lateral (
        select v.geom from entity v
        where v.entity_id = l.entity_id and v.valid @> %(day)s
          and v.recorded_from <= coalesce(%(known)s::timestamptz, 'infinity')
          and (v.recorded_to is null or v.recorded_to > coalesce(%(known)s::timestamptz, 'infinity'))
        limit 1
    ) e on e.geom is not null
    where l.youngest and l.step not in ('disputed', 'lapsed')
      and (not %(only_open)s or l.step in ('fell', 'redrawn', 'wrong'))
      and exists (
          select from plan_then q
          where q.station_code in (here.station_code, there.station_code) and (q.since > l.day or q.recorded > l.at)
      )
      and (l.step not in ('wrong', 'transferred', 'decided')
           or not exists (select from plan_then q join cell d on d.plan_id = q.plan_id where d.code = l.to_cell))
      and (%(code)s = '' or here.station_code in (select station_code from ground)
           or there.station_code in (select station_code from ground) or e.geom && (select shape from ground_box))
),
-- unpacked once, not at every question
drawn as materialized (
    select p.plan_id, p.station_code, p.since, c.code, st_force2d(c.geom) as shape, st_boundary(c.geom) as edge
    from plan_then p join cell c using (plan_id)
    where c.geom && (select st_extent(geom)::geometry from candidate)
),
lies as materialized (
    select distinct on (k.entity_id) k.entity_id, k.claim_no, k.cell, d.code, d.plan_id, d.since
    from drawn d join candidate k on d.shape && k.geom and covers(d.shape, d.edge, k.geom)
    order by k.entity_id, d.station_code collate "C", d.code collate "C"
)
select l.entity_id, coalesce(e.name, ''), coalesce(e.address, ''), coalesce(e.industry, ''),
       coalesce(e.credit_class, ''), coalesce(e.licensed, true), st_x(e.geom), st_y(e.geom), l.claim_no, l.step, l.day,
       coalesce(nullif(l.to_cell, ''), handed.to_cell, ''), l.officer_id, coalesce(nullif(l.document, ''), handed.document, ''),
       l.reason, l.actor, l.cell_code, l.fell_on, settled.day, here.station_code, coalesce(there.station_code, ''),
       coalesce(asked.day, l.fell_on), coalesce(now_in.code, ''), now_in.plan_id, now_in.since
from last l
left join settled on settled.entity_id = l.entity_id and settled.claim_no = l.claim_no
left join lateral (
    select h.to_cell, h.document from known h
    where l.step = 'disputed' and h.entity_id = l.entity_id and h.claim_no = l.claim_no and h.step_no = l.step_no - 1
) handed on true
left join cell_code here on here.code = l.cell_code
left join cell_code there on there.code = coalesce(nullif(l.to_cell, ''), handed.to_cell)
left join lateral (
    select v.* from entity v
    where v.entity_id = l.entity_id and v.valid @> %(day)s
      and v.recorded_from <= coalesce(%(known)s::timestamptz, 'infinity')
      and (v.recorded_to is null or v.recorded_to > coalesce(%(known)s::timestamptz, 'infinity'))
    limit 1
) e on true
left join asked on asked.entity_id = l.entity_id and asked.claim_no = l.claim_no
left join lies now_in on now_in.entity_id = l.entity_id and now_in.claim_no = l.claim_no and now_in.code <> now_in.cell
where (not %(only_open)s or l.step in ('fell', 'redrawn', 'wrong', 'disputed'))
  and (%(code)s = '' or l.cell_code in (select code from ground) or there.code in (select code from ground)
       or now_in.code in (select code from ground))
order by l.entity_id, l.claim_no
