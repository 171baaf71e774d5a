-- A task goes its way step by step: the same table as geo_api.supervision.tasks.TRANSITIONS, and nobody closes what they did.
create function gridward.task_steps() returns trigger language plpgsql
set search_path = gridward, public, pg_temp as $$
declare
    last task_step;
begin
    select * into last from task_step s where s.task_id = new.task_id order by s.n desc limit 1;
    if new.n <> coalesce(last.n, 0) + 1 then
        raise exception 'gridward: somebody else took a step of task % meanwhile; look at it again', new.task_id
            using errcode = 'GW001';
    end if;
    if new.day < last.day then
        raise exception 'gridward: task % had a step on %, none can follow on %', new.task_id, last.day, new.day
            using errcode = 'GW001';
    end if;
    if not exists (select from (values
        ('opened', '', 'opened'),
        ('assigned', 'opened', 'assigned'), ('assigned', 'assigned', 'assigned'), ('assigned', 'accepted', 'assigned'),
        ('assigned', 'returned', 'assigned'), ('assigned', 'replied', 'assigned'),
        ('moved', 'assigned', 'assigned'), ('moved', 'accepted', 'assigned'),
        ('accepted', 'assigned', 'accepted'),
        ('done', 'assigned', 'done'), ('done', 'accepted', 'done'),
        ('returned', 'assigned', 'returned'), ('returned', 'accepted', 'returned'), ('returned', 'done', 'returned'),
        ('handed_over', 'accepted', 'handed_over'), ('handed_over', 'done', 'handed_over'),
        ('referred', 'opened', 'referred'), ('referred', 'assigned', 'referred'), ('referred', 'accepted', 'referred'),
        ('referred', 'returned', 'referred'), ('referred', 'done', 'referred'),
        ('replied', 'referred', 'replied'),
        ('escalated', 'opened', 'opened'), ('escalated', 'assigned', 'assigned'), ('escalated', 'accepted', 'accepted'),
        ('escalated', 'returned', 'returned'), ('escalated', 'handed_over', 'handed_over'),
        ('escalated', 'referred', 'referred'), ('escalated', 'replied', 'replied'),
        ('closed', 'done', 'closed'), ('closed', 'handed_over', 'closed'), ('closed', 'replied', 'closed'),
        ('closed', 'returned', 'closed')
    ) as t (step, before, after)
    where t.step = new.step and t.before = coalesce(last.state, '') and t.after = new.state) then
        raise exception 'gridward: task % is %, it cannot be % now', new.task_id, coalesce(last.state, 'not opened'), new.step
            using errcode = 'GW001';
    end if;
    if new.step = 'closed' and exists (
        select from task_step s
        where s.task_id = new.task_id and s.step in ('accepted', 'done', 'returned', 'handed_over')
          and (lower(s.actor) = lower(new.actor) or (s.officer_id <> '' and s.officer_id = new.officer_id))
    ) then
        raise exception 'gridward: % worked on task %: somebody else closes it', new.actor, new.task_id
            using errcode = 'GW001';
    end if;
    return new;
end $$;

create trigger task_steps before insert on gridward.task_step for each row execute function gridward.task_steps();

do $$
declare
    t text;
begin
    foreach t in array array['task', 'task_step', 'round_plan', 'planned_visit'] loop
        execute format('create trigger never_change before update on gridward.%I
                        for each row execute function gridward.never_change()', t);
        execute format('create trigger never_delete before delete on gridward.%I
                        for each row execute function gridward.never_change()', t);
        execute format('create trigger never_truncate before truncate on gridward.%I
                        for each statement execute function gridward.never_change()', t);
        execute format('grant select on gridward.%I to gw_service', t);
    end loop;
end $$;

grant usage on all sequences in schema gridward to gw_service;
grant execute on function gridward.task_steps() to gw_service;
grant insert (kind, source, source_id, jurisdiction_code, entity_id, address, lon, lat, cell_code, function, opened_on, due_on,
              title, campaign, actor, role) on gridward.task to gw_service;
grant insert (task_id, n, step, state, cell_code, officer_id, to_department, escalated_to, due_on, note, day, actor, role)
on gridward.task_step to gw_service;
grant insert (jurisdiction_code, officer_id, cell_codes, period, made_on, digest, actor, role, reason)
on gridward.round_plan to gw_service;
grant insert (round_id, day, position, entity_id, task_id, cell_code, why) on gridward.planned_visit to gw_service;
