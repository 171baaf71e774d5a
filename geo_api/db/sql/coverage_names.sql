-- names of officers, jurisdictions and cells on a day
select officer_id, name from officer where officer_id = any(%(codes)s) and recorded_to is null and valid @> %(day)s
union all
select code, name from jurisdiction where code = any(%(codes)s) and recorded_to is null and valid @> %(day)s
union all
select c.code, c.name from plan_validity v join cell c using (plan_id)
where v.recorded_to is null and v.valid @> %(day)s and c.code = any(%(codes)s)
