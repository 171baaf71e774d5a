-- failed visits of entities over some time whose purpose, findings or notice hold one of some words, by entity
select i.entity_id, count(*) as visits
from inspection i
where i.made_on > %(first)s and i.made_on <= %(day)s and i.result = 'fail'
  and /*known i*/
  and (%(ids)s::bigint[] is null or i.entity_id = any (%(ids)s))
  and exists (
      select from unnest(%(words)s::text[]) as w (word)
      where strpos(concat_ws(' ', i.purpose, i.findings, i.notice_no), w.word) > 0
  )
group by i.entity_id
order by i.entity_id
