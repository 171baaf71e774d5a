-- staged visits with their entity; the digest of a plain visit is that of before it had findings, officers, deadlines
create temp table stage_visit on commit drop as
select r.visit_id, coalesce(r.entity, '') as entity, r.made_on, coalesce(r.kind, '') as kind, r.officer_id,
       coalesce(r.result, '') as result, coalesce(r.officers, '') as officers, coalesce(r.purpose, '') as purpose,
       coalesce(r.findings, '') as findings, coalesce(r.notice_no, '') as notice_no, r.rectify_by, r.revisit_of,
       r.minutes, r.file, r.row_no, r.repeat_no, r.detail, r.reason as given, f.entity_id,
       case when r.reason in ('repeat', 'refused') then r.reason
            when f.entity_id is null then 'unmatched'
            when r.repeat_no > 0 and r.reason <> '' then 'repeat'
            else '' end as reason,
       md5(row(r.visit_id, r.made_on, r.kind, r.officer_id, r.result)::text
           || case when coalesce(r.officers, '') = coalesce(r.officer_id, '') and coalesce(r.purpose, '') = ''
                        and coalesce(r.findings, '') = '' and coalesce(r.notice_no, '') = '' and r.rectify_by is null
                        and r.revisit_of is null and r.minutes is null then ''
                   else row(r.officers, r.purpose, r.findings, r.notice_no, r.rectify_by, r.revisit_of, r.minutes)::text
              end) as digest
from raw_visit r
left join find_entities(%(source)s, (select array_agg(distinct entity) from raw_visit where reason in ('', 'unmatched'))) f
    on f.written = r.entity and r.reason in ('', 'unmatched')
