-- visits that count against some entities, over some time
select i.entity_id, i.visit_id, i.made_on, i.result, concat_ws(' ', i.purpose, i.findings, i.notice_no)
from inspection i
where i.entity_id = any (%(ids)s::bigint[])
  and i.made_on > %(first)s and i.made_on <= %(day)s and i.result in ('minor', 'fail')
  and /*known i*/
order by i.entity_id, i.made_on, i.visit_id
