insert into inspection (source, visit_id, entity_id, made_on, kind, officer_id, result, digest, officers, purpose, findings,
                        notice_no, rectify_by, revisit_of, minutes)
select %(source)s, s.visit_id, s.entity_id, s.made_on, s.kind, s.officer_id, s.result, s.digest,
       case when s.officers = '' then '{}' else string_to_array(s.officers, ';') end, s.purpose, s.findings, s.notice_no,
       s.rectify_by, s.revisit_of, s.minutes
from stage_visit s join pair_visit p on p.visit_id = s.visit_id and p.file = s.file and p.row_no = s.row_no
where s.reason = '' and not p.same
