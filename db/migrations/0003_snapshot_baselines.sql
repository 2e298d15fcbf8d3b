CREATE TABLE "snapshot_baselines" (
	"snapshot_id" uuid PRIMARY KEY NOT NULL,
	"baseline" "bytea" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "snapshot_baselines" ADD CONSTRAINT "snapshot_baselines_snapshot_id_snapshots_id_fk" FOREIGN KEY ("snapshot_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- Only the worker and the command line compare.
alter table snapshot_baselines enable row level security;--> statement-breakpoint
create policy system_only on snapshot_baselines using ((select desk_actor()) = 'system');
