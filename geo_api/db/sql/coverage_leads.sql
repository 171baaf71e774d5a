-- leads of cells over a time
select jurisdiction_code, officer_id, function, lower(valid), upper(valid) from assignment
where role = 'lead' and jurisdiction_code = any(%(codes)s) and /*known*/ and valid && daterange(%(first)s, %(last)s)
order by jurisdiction_code collate "C", valid, function, officer_id
