-- staged rows that are no visit, with the reason; given = what their file says
create temp table left_visit on commit drop as
select r.visit_id, coalesce(r.entity, '') as entity, r.made_on, coalesce(r.kind, '') as kind, r.officer_id,
       coalesce(r.result, '') as result, coalesce(r.officers, '') as officers, coalesce(r.purpose, '') as purpose,
       coalesce(r.findings, '') as findings, coalesce(r.notice_no, '') as notice_no, r.rectify_by, r.revisit_of, r.minutes,
       r.file, r.row_no, r.repeat_no, r.given, r.reason,
       case when r.reason = 'withdrawn' then 'withdrawn before' else coalesce(r.detail, '') end as detail,
       visit_digest(r.visit_id, r.made_on, r.kind, r.officer_id, r.result, r.officers, r.purpose, r.findings, r.notice_no,
                    r.rectify_by, r.revisit_of, r.minutes) as digest
from (
    select r.visit_id, r.entity, r.made_on, r.kind, r.officer_id, r.result, r.officers, r.purpose, r.findings, r.notice_no,
           r.rectify_by, r.revisit_of, r.minutes, r.file, r.row_no, r.repeat_no, r.detail, r.reason as given,
           case when r.reason in ('repeat', 'refused') then r.reason
                when r.repeat_no = 0 and r.visit_id in (select g.visit_id from gone_visit g) then 'withdrawn'
                when f.entity_id is null then 'unmatched'
                when r.repeat_no > 0 and r.reason <> '' then 'repeat'
                else '' end as reason
    from raw_visit r left join found_entity f on f.written = r.entity
) r
where r.reason <> ''
