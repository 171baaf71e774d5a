-- rectification notices that nobody followed up by a day: no visit names them, no later visit passed
select i.entity_id, i.visit_id, i.notice_no, i.made_on, i.rectify_by
from inspection i
join entity_identity d on d.entity_id = i.entity_id and d.source = %(dataset)s
where i.rectify_by is not null and i.made_on <= %(day)s
  and /*known i*/
  and not exists (
      select from inspection r
      where r.entity_id = i.entity_id and r.made_on <= %(day)s and r.id <> i.id
        and /*known r*/
        and (r.revisit_of = i.visit_id and r.result <> 'none' or r.made_on > i.made_on and r.result = 'pass')
  )
order by i.entity_id, i.rectify_by, i.visit_id
