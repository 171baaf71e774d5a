-- staged rows beside the recorded row of the same officer, code, role, function and beginning.
-- A recorded row that was cut short here (the duty was handed over) keeps the digest of its source: still the same.
create temp table pair_assignment on commit drop as
select s.row_no, s.officer_id, s.jurisdiction_code, s.role, s.function, s.valid_from, s.valid_to,
       md5(row(s.officer_id, s.jurisdiction_code, s.role, s.function, s.valid_from, s.valid_to)::text) as digest,
       a.id as old_id,
       coalesce(a.digest = md5(row(s.officer_id, s.jurisdiction_code, s.role, s.function, s.valid_from,
                                   s.valid_to)::text), false) as same
from (
    select distinct on (officer_id, jurisdiction_code, role, function, valid_from) *
    from stage_assignment order by officer_id, jurisdiction_code, role, function, valid_from, row_no
) s
left join assignment a
    on a.recorded_to is null and a.source = %(source)s and a.officer_id = s.officer_id
    and a.jurisdiction_code = s.jurisdiction_code and a.role = s.role and a.function = s.function
    and lower(a.valid) is not distinct from s.valid_from
