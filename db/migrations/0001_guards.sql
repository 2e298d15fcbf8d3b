-- The application's role: not the owner of the tables, so row-level security and missing grants bind it.
do $$ begin
  create role restore_desk_app nologin;
exception when duplicate_object or unique_violation then null;
end $$;--> statement-breakpoint
do $$ begin execute format('grant restore_desk_app to %I', current_user); end $$;--> statement-breakpoint
grant usage on schema public to restore_desk_app;--> statement-breakpoint
grant select, insert, update, delete on all tables in schema public to restore_desk_app;--> statement-breakpoint
grant usage on all sequences in schema public to restore_desk_app;--> statement-breakpoint
alter default privileges in schema public grant select, insert, update, delete on tables to restore_desk_app;--> statement-breakpoint
alter default privileges in schema public grant usage on sequences to restore_desk_app;--> statement-breakpoint

-- I6: the record only grows. What has been decided is never deleted either.
revoke update, delete, truncate on log_entries, policy_versions from restore_desk_app;--> statement-breakpoint
revoke delete, truncate on tickets, consents, proofs, votes, messages, runs, snapshots, previews, holds, billing_events from restore_desk_app;--> statement-breakpoint

-- Who is asking: one setting a transaction, a person's id or `system`. Unset means nobody, who sees nothing.
create function desk_actor() returns text language sql stable as $$ select nullif(current_setting('desk.actor', true), '') $$;--> statement-breakpoint
create function desk_sees_all() returns boolean language sql stable security definer set search_path = pg_catalog, public as $$
  select coalesce(public.desk_actor() = 'system', false)
      or exists (select from public.users u where u.id::text = public.desk_actor() and u.desk_roles <> '{}' and u.deactivated_at is null)
$$;--> statement-breakpoint
create function desk_portals() returns setof uuid language sql stable security definer set search_path = pg_catalog, public as $$
  select p.portal_id from public.portal_people p join public.users u on u.id = p.user_id
    where u.id::text = public.desk_actor() and p.deactivated_at is null and u.deactivated_at is null
  union
  select o.portal_id from public.ownerships o join public.users u on u.id = o.user_id
    where u.id::text = public.desk_actor() and o.to_at is null and u.deactivated_at is null
$$;--> statement-breakpoint

-- I8: no one reads another portal's anything, whatever a query forgets.
alter table portals enable row level security;--> statement-breakpoint
create policy own_portal on portals using ((select desk_sees_all()) or id in (select desk_portals()));--> statement-breakpoint
do $$ declare t text; begin
  foreach t in array array['portal_people','ownerships','snapshots','previews','tickets','log_entries','consents','proofs','votes','runs','alerts',
                           'portal_leases','billing_accounts','billing_events','mail_outbox'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy own_portal on %I using ((select desk_sees_all()) or portal_id in (select desk_portals()))', t);
  end loop;
end $$;--> statement-breakpoint
alter table messages enable row level security;--> statement-breakpoint
create policy own_portal on messages using ((select desk_sees_all()) or (kind = 'reply' and portal_id in (select desk_portals())));--> statement-breakpoint
alter table holds enable row level security;--> statement-breakpoint
create policy own_snapshot on holds using (snapshot_id in (select id from snapshots));--> statement-breakpoint
alter table ticket_watchers enable row level security;--> statement-breakpoint
create policy own_ticket on ticket_watchers using (ticket_id in (select id from tickets));--> statement-breakpoint
alter table run_steps enable row level security;--> statement-breakpoint
create policy own_run on run_steps using (run_id in (select id from runs));--> statement-breakpoint
-- Connection strings hold passwords: only the worker and the command line read them.
alter table datastores enable row level security;--> statement-breakpoint
create policy system_only on datastores using ((select desk_actor()) = 'system');--> statement-breakpoint

-- I10: the database itself refuses to prune under an open hold, and to hold what is going. Both lock the snapshot's row, so one of them waits.
create function snapshots_refuse_prune_under_hold() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if exists (select from public.holds h where h.snapshot_id = new.id and h.released_at is null and h.until > now()) then
    raise exception 'snapshot % is held', new.id using errcode = 'RD010';
  end if;
  return new;
end $$;--> statement-breakpoint
create trigger refuse_prune_under_hold before update on snapshots for each row
  when (new.state in ('pruning', 'pruned') and old.state not in ('pruning', 'pruned')) execute function snapshots_refuse_prune_under_hold();--> statement-breakpoint
create function holds_need_a_kept_snapshot() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform from public.snapshots s where s.id = new.snapshot_id and s.state in ('ready', 'bad') for update;
  if not found then raise exception 'snapshot % is not kept any more', new.snapshot_id using errcode = 'RD011'; end if;
  return new;
end $$;--> statement-breakpoint
create trigger need_a_kept_snapshot before insert on holds for each row execute function holds_need_a_kept_snapshot();--> statement-breakpoint

-- I4, I9: a preview that somebody may have consented to never changes.
create function previews_never_change() returns trigger language plpgsql as $$
begin
  raise exception 'preview % is settled', old.id using errcode = 'RD012';
end $$;--> statement-breakpoint
create trigger never_change before update on previews for each row when (old.state <> 'computing') execute function previews_never_change();--> statement-breakpoint

-- What was asked and what happened are apart: the request never changes.
create function tickets_keep_the_request() returns trigger language plpgsql as $$
begin
  raise exception 'ticket % keeps its request', old.number using errcode = 'RD013';
end $$;--> statement-breakpoint
create trigger keep_the_request before update on tickets for each row
  when (old.portal_id <> new.portal_id or old.scope <> new.scope or old.requester_id <> new.requester_id or old.reason <> new.reason or old.policy_version <> new.policy_version)
  execute function tickets_keep_the_request();--> statement-breakpoint

-- R9, S79: requester, assignee, owner and approver of one ticket are different people.
create function votes_four_eyes() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
declare t public.tickets;
begin
  select * into t from public.tickets where id = new.ticket_id for update;
  if new.approver_id in (t.requester_id, t.assignee_id)
     or exists (select from public.consents c where c.ticket_id = t.id and c.owner_id = new.approver_id)
     or exists (select from public.ownerships o where o.portal_id = t.portal_id and o.user_id = new.approver_id and o.to_at is null)
     or exists (select from public.proofs p where p.ticket_id = t.id and new.approver_id in (p.recorded_by, p.confirmed_by)) then
    raise exception 'four eyes: % has another part in ticket %', new.approver_id, t.number using errcode = 'RD014';
  end if;
  return new;
end $$;--> statement-breakpoint
create trigger four_eyes before insert on votes for each row execute function votes_four_eyes();--> statement-breakpoint
create function tickets_four_eyes() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if exists (select from public.votes v where v.ticket_id = new.id and v.approver_id = new.assignee_id and v.voided_at is null) then
    raise exception 'four eyes: % has voted on ticket %', new.assignee_id, new.number using errcode = 'RD014';
  end if;
  return new;
end $$;--> statement-breakpoint
create trigger four_eyes before update of assignee_id on tickets for each row
  when (new.assignee_id is not null and new.assignee_id is distinct from old.assignee_id) execute function tickets_four_eyes();--> statement-breakpoint

-- Jobs leave in the same commit as what they tell (I12). A job with a key is replaced by the next one with the same key.
create function enqueue_job(task text, payload json, run_at timestamptz default null, job_key text default null, max_attempts int default null) returns void
  language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform graphile_worker.add_job(task, payload, run_at => enqueue_job.run_at, job_key => enqueue_job.job_key, max_attempts => enqueue_job.max_attempts);
end $$;--> statement-breakpoint
create function cancel_job(job_key text) returns void language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform graphile_worker.remove_job(cancel_job.job_key);
end $$;--> statement-breakpoint
revoke all on function enqueue_job(text, json, timestamptz, text, int), cancel_job(text) from public;--> statement-breakpoint
grant execute on function enqueue_job(text, json, timestamptz, text, int), cancel_job(text), desk_actor(), desk_sees_all(), desk_portals() to restore_desk_app;
