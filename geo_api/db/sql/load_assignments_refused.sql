-- rows that cannot be stored, with the reason; they leave the stage
delete from stage_assignment s
using (
    select row_no,
           concat_ws('; ',
               case when not exists (select from officer o where o.officer_id = a.officer_id and o.recorded_to is null)
                    then 'no officer ' || coalesce(a.officer_id, '') end,
               case when not exists (
                        select from jurisdiction j
                        where j.recorded_to is null and starts_with(a.jurisdiction_code, j.code))
                    then 'no jurisdiction ' || coalesce(a.jurisdiction_code, '') end,
               case when a.role is null or a.role not in ('lead', 'deputy', 'first', 'direct')
                    then 'role ' || coalesce(a.role, '') || ' is none of lead, deputy, first, direct' end,
               case when a.valid_to <= a.valid_from then 'it ends before it begins' end
           ) as reason
    from stage_assignment a
) checked
where checked.row_no = s.row_no and checked.reason <> ''
returning 'assignment', coalesce(s.officer_id, '') || ' for ' || coalesce(s.jurisdiction_code, ''), checked.reason
