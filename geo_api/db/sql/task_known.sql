-- the tasks that stand under numbers of their sources, with their last step
select t.task_id, t.kind, t.title, t.jurisdiction_code, t.opened_on, t.due_on, t.source, t.source_id, t.entity_id, t.address,
       t.lon, t.lat, t.cell_code, t.function, t.campaign,
       s.n, s.step, s.state, s.day, s.due_on, s.cell_code, s.officer_id, s.to_department, s.escalated_to, s.note, s.actor,
       s.role
from unnest(%(sources)s::text[], %(ids)s::text[]) as a (source, source_id)
join task t on t.source = a.source and t.source_id = a.source_id and t.source_id <> ''
join lateral (select * from task_step s where s.task_id = t.task_id order by s.n desc limit 1) s on true
