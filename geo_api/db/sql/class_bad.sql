-- visits that count against entities, over some time
select i.entity_id, i.visit_id, i.made_on, i.result, concat_ws(' ', i.purpose, i.findings, i.notice_no)
from inspection i join entity_identity d on d.entity_id = i.entity_id and d.source = %(dataset)s
where i.made_on > %(first)s and i.made_on <= %(day)s and i.result in ('minor', 'fail')
  and /*known i*/
  and (%(ids)s::bigint[] is null or i.entity_id = any (%(ids)s))
order by i.entity_id, i.made_on, i.visit_id
