-- rows that are no visit beside those kept before
create temp table pair_left on commit drop as
select s.visit_id, s.repeat_no, u.id as old_id,
       u.id is not null and u.digest = s.digest and u.reason = s.reason and u.entity = s.entity as same
from left_visit s
left join visit_unmatched u
    on u.source = %(source)s and u.recorded_to is null and u.visit_id = s.visit_id and u.repeat_no = s.repeat_no
