insert into visit_unmatched (source, register, file, row_no, repeat_no, reason, detail, visit_id, entity, made_on, kind,
                             officer_id, result, officers, purpose, findings, notice_no, rectify_by, revisit_of, minutes,
                             digest)
select %(source)s, %(source)s, s.file, s.row_no, s.repeat_no, s.reason, s.detail, s.visit_id, s.entity, s.made_on, s.kind,
       s.officer_id, s.result, case when s.officers = '' then '{}' else string_to_array(s.officers, ';') end, s.purpose,
       s.findings, s.notice_no, s.rectify_by, s.revisit_of, s.minutes, s.digest
from left_visit s join pair_left p on p.visit_id = s.visit_id and p.repeat_no = s.repeat_no
where not p.same
