create temp table pair_visit on commit drop as
select s.visit_id, s.file, s.row_no, c.id as old_id,
       c.id is not null and c.digest = s.digest and c.entity_id = s.entity_id as same
from stage_visit s
left join inspection c on c.source = %(source)s and c.recorded_to is null and c.visit_id = s.visit_id
where s.reason = ''
