-- new visits on a day on which their entity had a visit before this load: is it the same, under another id?
select count(*) from good_visit s
where not exists (select from old_visit o where o.visit_id = s.visit_id) and exists (
    select from inspection i
    where i.entity_id = s.entity_id and i.made_on = s.made_on and i.recorded_to is null and i.recorded_from < now()
      and i.source = %(source)s
)
