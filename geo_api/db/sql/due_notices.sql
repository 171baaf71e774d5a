-- rectification notices that nobody followed up by a day: no visit names them, no later visit passed
select i.entity_id, i.visit_id, i.notice_no, i.made_on, i.rectify_by
from inspection i
join entity_identity d on d.entity_id = i.entity_id and d.source = %(dataset)s
where i.rectify_by is not null and i.made_on <= %(day)s
  and i.recorded_from <= %(known)s and (i.recorded_to is null or i.recorded_to > %(known)s)
  and not exists (
      select from inspection r
      where r.entity_id = i.entity_id and r.made_on <= %(day)s and r.id <> i.id
        and r.recorded_from <= %(known)s and (r.recorded_to is null or r.recorded_to > %(known)s)
        and (r.revisit_of = i.visit_id and r.result <> 'none' or r.made_on > i.made_on and r.result = 'pass')
  )
order by i.entity_id, i.rectify_by, i.visit_id
