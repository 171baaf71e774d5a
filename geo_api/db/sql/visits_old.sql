-- visits that are stored already under their id, and whether they say the same
create temp table old_visit on commit drop as
select s.visit_id, c.id,
       c.entity_id = s.entity_id and c.digest = visit_digest(
           s.visit_id, s.made_on, s.kind, s.officer_id, s.result, s.officers, s.purpose, s.findings, s.notice_no,
           s.rectify_by, s.revisit_of, s.minutes) as same
from good_visit s join inspection c on c.source = %(source)s and c.recorded_to is null and c.visit_id = s.visit_id
