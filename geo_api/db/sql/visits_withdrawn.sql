-- a visit that somebody withdrew does not come back with its file
update stage_visit s set reason = 'withdrawn', detail = 'withdrawn before'
from (
    select o.visit_id from inspection o
    where o.source = %(source)s and o.recorded_to is not null and not exists (
        select from inspection c where c.source = o.source and c.visit_id = o.visit_id and c.recorded_to is null
    )
    union
    select u.visit_id from visit_unmatched u
    where u.source = %(source)s and u.recorded_to is null and u.reason = 'withdrawn' and u.repeat_no = 0
) gone
where gone.visit_id = s.visit_id and s.reason in ('', 'unmatched') and s.repeat_no = 0
