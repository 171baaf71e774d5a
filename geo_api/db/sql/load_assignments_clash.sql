-- one lead per code and function at a time: what is staged against itself and against what stays recorded
with staged as (
    select *, daterange(valid_from, valid_to) as valid from pair_assignment where role <> 'deputy'
),
rows_to_be as (
    select row_no, officer_id, jurisdiction_code, role, function, valid, same from staged where not same
    union all
    select 0, officer_id, jurisdiction_code, role, function, valid, true from assignment
    where recorded_to is null and role <> 'deputy'
)
select 'load.two_leads', s.jurisdiction_code,
       'officers ' || s.officer_id || ' and ' || o.officer_id || ' are both ' || s.role || ' of ' || s.jurisdiction_code
       || case when s.function <> '' then ' for ' || s.function else '' end || ' during ' || (s.valid * o.valid)::text
       || ': end one before the other begins'
from rows_to_be s
join rows_to_be o using (jurisdiction_code, function, role)
where not s.same and (o.row_no < s.row_no) and s.valid && o.valid
order by 2, 3
