-- What was issued stays: no change, no deletion. The service reads and adds.

create trigger never_change before update on gridward.report for each row execute function gridward.never_change();
create trigger never_delete before delete on gridward.report for each row execute function gridward.never_change();
create trigger never_truncate before truncate on gridward.report
for each statement execute function gridward.never_change();

grant select on gridward.report to gw_service;
grant insert (kind, subject, jurisdiction_code, period_from, period_to, recorded_at, issued_by, role, reason,
              profile_digest, figures, documents, digest) on gridward.report to gw_service;
