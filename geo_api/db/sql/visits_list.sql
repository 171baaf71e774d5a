-- visits of a jurisdiction, newest first, by where their entity lay on the day
with ground as materialized (  -- for the border rule a cell is asked about in all of its station
    select j.geom from jurisdiction j where j.code = %(code)s and j.recorded_to is null and not %(top)s
    union all
    select j.geom from cell_code k join jurisdiction j on j.code = k.station_code and j.recorded_to is null
    where k.code = %(code)s
),
near as materialized (
    select distinct e.entity_id from ground g join entity e on e.geom && g.geom
    where e.recorded_to is null and e.source = %(dataset)s
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
      and (%(top)s or i.entity_id in (select entity_id from near))
    order by i.made_on desc, i.id desc
    limit case when %(top)s then %(limit)s::bigint end
) i
left join lateral (
    select e.name, e.geom, e.credit_code from entity e where e.entity_id = i.entity_id and e.recorded_to is null
    order by e.valid @> i.made_on desc, upper(e.valid) desc nulls first limit 1
) e on true
where %(top)s or e.geom is not null and lies_in(%(code)s, e.geom, i.made_on)
order by i.made_on desc, i.id desc
limit %(limit)s
