-- visits of a jurisdiction, newest first, by where their entity lay on the day
with ground as materialized (  -- for the border rule a cell is asked about in all of its station
    select j.geom, false as is_cell, j.code as station from jurisdiction j
    where j.code = %(code)s and j.recorded_to is null and not %(top)s
    union all
    select j.geom, true, j.code from cell_code k join jurisdiction j on j.code = k.station_code and j.recorded_to is null
    where k.code = %(code)s
),
around as materialized (
    select distinct e.entity_id from ground g join entity e on e.geom && g.geom
    where e.recorded_to is null and e.source = %(dataset)s
),
-- which cell a place lies in changes on few days: for a cell each place is asked about once for each of them
turn as materialized (
    select d.day from (
        select unnest(array[lower(v.valid), upper(v.valid)]) as day from plan_validity v
        where v.recorded_to is null and v.station_code in (select station from ground where is_cell)
        union
        select unnest(array[lower(j.valid), upper(j.valid)]) from jurisdiction j
        where j.recorded_to is null and j.draws_cells and exists (select from ground where is_cell)
    ) d
    where d.day is not null and (%(before)s::date is null or d.day < %(before)s)
),
place as materialized (
    select row_number() over () as n, e.entity_id, e.geom from around join entity e using (entity_id)
    where e.recorded_to is null and e.geom is not null and exists (select from turn)
),
inside as materialized (
    select turn.day, place.entity_id, place.geom
    from turn, lateral locate_many((select array_agg(st_x(geom) order by n) from place),
                                   (select array_agg(st_y(geom) order by n) from place), turn.day) as found
    join place using (n)
    where found.cell_code = %(code)s
),
near as materialized (
    select entity_id from around where not exists (select from ground where is_cell)
    union
    select entity_id from inside
)
select i.source, i.visit_id, i.entity_id, coalesce(e.name, ''), i.made_on, i.kind, i.result, i.officers, i.purpose, i.findings,
       i.notice_no, i.rectify_by, i.revisit_of, i.minutes, i.received_at, i.recorded_from, i.actor, coalesce(e.credit_code, '')
from (  -- in order before the rule is asked, so that it is asked about no more visits than are listed
    select i.* from inspection i join entity_identity d on d.entity_id = i.entity_id and d.source = %(dataset)s
    where (%(known)s::timestamptz is null and i.recorded_to is null
           or i.recorded_from <= %(known)s and (i.recorded_to is null or i.recorded_to > %(known)s))
      and (%(entity)s::bigint is null or i.entity_id = %(entity)s)
      and (%(officer)s::text is null or i.officer_id = %(officer)s or %(officer)s = any (i.officers))
      and (%(since)s::date is null or i.made_on >= %(since)s) and (%(before)s::date is null or i.made_on < %(before)s)
      and (%(top)s or i.entity_id = any(array(select entity_id from near)))
    order by i.made_on desc, i.id desc
    limit case when %(top)s then %(limit)s::bigint end
) i
left join lateral (
    select e.name, e.geom, e.credit_code from entity e where e.entity_id = i.entity_id and e.recorded_to is null
    order by e.valid @> i.made_on desc, upper(e.valid) desc nulls first limit 1
) e on true
where %(top)s
   or e.geom is not null and case when exists (select from ground where is_cell) then exists (
          select from inside k
          where k.entity_id = i.entity_id and k.geom = e.geom
            and k.day = (select max(t.day) from turn t where t.day <= i.made_on)
      ) else lies_in(%(code)s, e.geom, i.made_on) end
order by i.made_on desc, i.id desc
limit %(limit)s
