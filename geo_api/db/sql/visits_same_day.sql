-- new visits on a day on which their entity had a visit before this load: is it the same, under another id?
select count(*) from stage_visit s join pair_visit p on p.visit_id = s.visit_id and p.file = s.file and p.row_no = s.row_no
where s.reason = '' and p.old_id is null and exists (
    select from inspection i
    where i.entity_id = s.entity_id and i.made_on = s.made_on and i.recorded_to is null and i.recorded_from < now()
      and i.source = %(source)s
)
