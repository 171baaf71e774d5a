-- a class that a person confirmed stays while the source goes on saying what it said then
update stage_entity s set credit_class = d.confirmed
from (
    select distinct on (entity_id) entity_id, confirmed, source_class from class_decision
    order by entity_id, decision_id desc
) d
where d.entity_id = s.entity_id and d.source_class = s.credit_class and d.confirmed <> s.credit_class
