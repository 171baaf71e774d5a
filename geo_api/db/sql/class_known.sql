-- entities as a decision on their class needs them: class of the day, what the source says, the open proposal of a person,
-- and who decided last
select e.entity_id, e.name, e.credit_class, e.licensed,
       coalesce(case when d.confirmed = e.credit_class then d.source_class end, e.credit_class) as source_class,
       p.proposal_id, coalesce(p.proposed, ''), coalesce(p.actor, ''),
       coalesce(d.actor, ''), coalesce(d.confirmed, ''), d."on"
from unnest(%(ids)s::bigint[]) as w (entity_id)
join entity e on e.entity_id = w.entity_id and e.recorded_to is null and e.valid @> %(day)s::date
left join lateral (
    select confirmed, source_class, actor, "on" from class_decision c where c.entity_id = e.entity_id
    order by c.decision_id desc limit 1
) d on true
left join lateral (
    select q.proposal_id, q.proposed, q.actor from class_proposal q
    where q.entity_id = e.entity_id and not exists (
        select from class_decision c where c.entity_id = q.entity_id and c.at >= q.at
    )
    order by q.proposal_id desc limit 1
) p on true
