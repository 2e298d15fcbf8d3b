ALTER TABLE "snapshots" ADD COLUMN "place" jsonb;--> statement-breakpoint
ALTER TABLE "snapshots" ADD COLUMN "reason_kind" text;--> statement-breakpoint

-- What is known of restore points made before: copies of the postgres adapter, and all of restic's safety copies, lie on the portal's server.
update snapshots s set place = '{"kind": "portal_server", "name": null, "stands": "with_server"}'
  from datastores d
 where d.id = s.datastore_id and s.state in ('ready', 'bad') and (d.adapter = 'postgres' or (d.adapter = 'restic' and s.label = 'safety'));--> statement-breakpoint
-- A reason was the code of a refusal with its facts, or the text of an error: the frequent ones are told apart, the rest is unexpected.
update snapshots set reason_kind = case
    when state = 'ready' then 'copied_whole'
    when state = 'bad' then 'check_failed'
    when reason ~ '^(lock_not_granted|lock_held_too_long|sessions_hold_on|prepared_transactions) ' then 'held_on'
    when reason ~ '^portal_missing ' then 'portal_unreachable'
    when reason ~ '^not_enough_disk ' then 'no_space'
    when reason ~ '^(role_cannot_see_rows|role_lacks_right) ' then 'right_missing'
    when reason ~ '^(repository_unavailable|programs_missing|remote_unusable) ' then 'storage_unreachable'
    when reason ~ '^schema_moved ' then 'structure_moved'
    when reason ~ '^interrupted: ' then 'interrupted'
    else 'error' end
 where reason is not null;
