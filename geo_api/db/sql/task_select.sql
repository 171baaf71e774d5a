-- tasks of a jurisdiction with their last step, as they stood at the end of a day
with recursive down (code) as (
    select %(jurisdiction)s::text
    union
    select j.code from jurisdiction j join down on j.parent_code = down.code where j.recorded_to is null
),
places as (
    select code from down
    union
    select c.code from cell_code c join down on c.station_code = down.code
)
select t.task_id, t.kind, t.title, t.jurisdiction_code, t.opened_on, t.due_on, t.source, t.source_id, t.entity_id, t.address,
       t.lon, t.lat, t.cell_code, t.function, t.campaign,
       s.n, s.step, s.state, s.day, s.due_on, s.cell_code, s.officer_id, s.to_department, s.escalated_to, s.note, s.actor,
       s.role
from task t
join lateral (
    select * from task_step s
    where s.task_id = t.task_id and s.day <= %(day)s and s.at <= %(known)s
    order by s.n desc limit 1
) s on true
where t.task_id > %(after)s
  and (%(jurisdiction)s = '' or coalesce(nullif(s.cell_code, ''), t.jurisdiction_code) in (select code from places))
  and (%(cells)s::text[] is null or s.cell_code = any(%(cells)s)
       or (%(officer)s <> '' and s.officer_id = %(officer)s))
  and (cardinality(%(states)s::text[]) = 0 or s.state = any(%(states)s))
  and (%(kind)s = '' or t.kind = %(kind)s)
  and (%(campaign)s = '' or t.campaign = %(campaign)s)
  and (%(source)s = '' or t.source = %(source)s)
  and (%(source_id)s = '' or t.source_id = %(source_id)s)
  and (not %(late)s or (s.due_on < %(day)s and s.state not in ('done', 'closed')))
order by t.task_id
limit %(limit)s
