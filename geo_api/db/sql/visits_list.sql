-- visits of a jurisdiction, newest first, by where their entity lay on the day
with ground as materialized (
    select v.valid, c.geom from plan_validity v join cell c using (plan_id)
    where c.code = %(code)s and v.recorded_to is null
    union all
    select j.valid, j.geom from jurisdiction j where j.code = %(code)s and j.recorded_to is null and not %(top)s
)
select i.source, i.visit_id, i.entity_id, coalesce(e.name, ''), i.made_on, i.kind, i.result, i.officers, i.purpose, i.findings,
       i.notice_no, i.rectify_by, i.revisit_of, i.minutes, i.received_at, i.recorded_from, i.actor
from inspection i
join entity_identity d on d.entity_id = i.entity_id and d.source = %(dataset)s
left join lateral (
    select e.name, e.geom from entity e where e.entity_id = i.entity_id and e.recorded_to is null
    order by e.valid @> i.made_on desc, upper(e.valid) desc nulls first limit 1
) e on true
where (%(known)s::timestamptz is null and i.recorded_to is null
       or i.recorded_from <= %(known)s and (i.recorded_to is null or i.recorded_to > %(known)s))
  and (%(entity)s::bigint is null or i.entity_id = %(entity)s)
  and (%(officer)s::text is null or i.officer_id = %(officer)s or %(officer)s = any (i.officers))
  and (%(since)s::date is null or i.made_on >= %(since)s) and (%(before)s::date is null or i.made_on < %(before)s)
  and (%(top)s or exists (
      select from ground g where g.valid @> i.made_on and e.geom && g.geom and st_covers(g.geom, e.geom)
  ))
order by i.made_on desc, i.id desc
limit %(limit)s
