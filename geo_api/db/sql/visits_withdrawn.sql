-- visits that somebody withdrew: they do not come back with their file
create temp table gone_visit on commit drop as
select o.visit_id from inspection o
where o.source = %(source)s and o.recorded_to is not null and not exists (
    select from inspection c where c.source = o.source and c.visit_id = o.visit_id and c.recorded_to is null
)
union
select u.visit_id from visit_unmatched u
where u.source = %(source)s and u.recorded_to is null and u.reason = 'withdrawn' and u.repeat_no = 0
