-- what persons proposed and nobody decided on, the last of each entity
select distinct on (q.entity_id) q.entity_id, e.name, coalesce(m.cell_code, ''), e.industry, e.credit_class, q.proposed, q.reason,
       q.proposal_id, q.actor, e.credit_code
from class_proposal q
join entity_identity i on i.entity_id = q.entity_id and i.source = %(dataset)s
join entity e on e.entity_id = q.entity_id and e.recorded_to is null and (upper_inf(e.valid))
left join lateral (
    select m.cell_code from cell_entity m join plan_validity v using (plan_id)
    where m.entity_id = q.entity_id and v.recorded_to is null order by upper_inf(v.valid) desc, lower(v.valid) desc limit 1
) m on true
where not exists (select from class_decision c where c.entity_id = q.entity_id and c.at >= q.at)
order by q.entity_id, q.proposal_id desc
