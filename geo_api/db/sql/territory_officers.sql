select code, officer_id, name, title, role, function, telephone, since, until, absent, substitutes_for
from on_duty(%(day)s, %(known)s)
order by code collate "C", array_position(array['lead', 'first', 'direct', 'deputy'], role), function collate "C", absent,
         officer_id collate "C", substitutes_for collate "C"
