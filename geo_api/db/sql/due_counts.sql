-- visits of each entity since the first day of the calendar period that it is in
select i.entity_id, count(*)
from inspection i
join unnest(%(ids)s::bigint[], %(starts)s::date[]) as w (entity_id, first_day) using (entity_id)
where i.made_on >= w.first_day and i.made_on <= %(day)s and i.kind = any(%(kinds)s)
  and /*known i*/
group by i.entity_id
