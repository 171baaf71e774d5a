-- since when a cell has been as it is on a day: its plan, and the ends of its last lead and of its last assignment
select c.code,
       (select min(lower(v.valid)) from plan_validity v join cell k using (plan_id)
        where k.code = c.code and v.recorded_to is null) as first_published,
       (select lower(v.valid) from plan_validity v join cell k using (plan_id)
        where k.code = c.code and v.recorded_to is null and v.valid @> %(day)s) as plan_from,
       (select max(upper(a.valid)) from assignment a
        where a.jurisdiction_code = c.code and a.role = 'lead' and a.recorded_to is null and upper(a.valid) <= %(day)s)
           as last_lead,
       (select max(upper(a.valid)) from assignment a
        where a.jurisdiction_code = c.code and a.recorded_to is null and upper(a.valid) <= %(day)s) as last_officer
from unnest(%(cells)s::text[]) as c (code)
