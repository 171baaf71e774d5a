select a.jurisdiction_code, a.officer_id, coalesce(o.name, a.officer_id), coalesce(o.title, ''), a.role, a.function,
       nullif(o.telephone, ''), lower(a.valid), upper(a.valid)
from assignment a
left join officer o
    on o.officer_id = a.officer_id and o.valid @> %(day)s
    and o.recorded_from <= %(known)s and (o.recorded_to is null or o.recorded_to > %(known)s)
where a.valid @> %(day)s and a.recorded_from <= %(known)s and (a.recorded_to is null or a.recorded_to > %(known)s)
order by a.jurisdiction_code collate "C", array_position(array['lead', 'first', 'direct', 'deputy'], a.role),
         a.function collate "C", a.officer_id collate "C"
