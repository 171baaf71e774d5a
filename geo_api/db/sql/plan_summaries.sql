select p.plan_id, p.station_code, p.version, p.state, p.cells, p.tolerance, p.max_abs_deviation, p.created_at,
       p.created_by, v.valid_from, v.valid_to, p.findings || p.gate_findings as findings
from plan p
left join (
    select plan_id, min(lower(valid)) as valid_from, nullif(max(coalesce(upper(valid), 'infinity')), 'infinity') as valid_to
    from plan_validity where recorded_to is null group by plan_id
) v using (plan_id)
where (%(plan_id)s::bigint is null or p.plan_id = %(plan_id)s)
  and (%(station)s::text is null or p.station_code = %(station)s)
  and (%(state)s::text is null or p.state = %(state)s)
order by p.plan_id desc
