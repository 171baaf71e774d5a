-- Address texts of the register and of the address points that this parser has not read yet.
select k.address
from (
    select address from entity where recorded_to is null and address <> ''
    union
    select address from gazetteer_point where recorded_to is null
) k
where not exists (
    select from gazetteer_parse p where p.digest = md5(k.address)::uuid and p.version = %(version)s
)
order by 1
