insert into inspection (source, visit_id, entity_id, made_on, kind, officer_id, result, digest, officers, purpose, findings,
                        notice_no, rectify_by, revisit_of, minutes)
select %(source)s, s.visit_id, s.entity_id, s.made_on, coalesce(s.kind, ''), s.officer_id, coalesce(s.result, ''),
       visit_digest(s.visit_id, s.made_on, s.kind, s.officer_id, s.result, s.officers, s.purpose, s.findings, s.notice_no,
                    s.rectify_by, s.revisit_of, s.minutes),
       case when coalesce(s.officers, '') = '' then '{}' else string_to_array(s.officers, ';') end, coalesce(s.purpose, ''),
       coalesce(s.findings, ''), coalesce(s.notice_no, ''), s.rectify_by, s.revisit_of, s.minutes
from good_visit s
where not exists (select from old_visit o where o.visit_id = s.visit_id and o.same)
