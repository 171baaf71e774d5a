-- A revoked key is told at once: services keep what they know of keys until then.

create function gridward.tell_key() returns trigger language plpgsql
security definer set search_path = gridward, public, pg_temp as $$
begin
    perform pg_notify('gridward_published', 'key');
    return null;
end $$;
create trigger tell_key after update on gridward.api_key for each statement execute function gridward.tell_key();

grant insert (scopes, requests_per_minute, points_per_minute) on gridward.api_key to gw_service;
