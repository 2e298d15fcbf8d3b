CREATE TABLE "paused_actions" (
	"run_id" uuid PRIMARY KEY NOT NULL,
	"actions" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "paused_outbound" (
	"run_id" uuid PRIMARY KEY NOT NULL,
	"portal_id" uuid NOT NULL,
	"ticket_id" uuid,
	"safety_snapshot_id" uuid NOT NULL,
	"tables" jsonb NOT NULL,
	"made_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"release_state" text,
	"asked_at" timestamp (3) with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"portal_xid" text,
	"backend_pid" integer,
	"backend_start" text,
	"released" jsonb,
	"reason" text,
	"finished_at" timestamp (3) with time zone,
	"reported_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "paused_actions" ADD CONSTRAINT "paused_actions_run_id_paused_outbound_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."paused_outbound"("run_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paused_outbound" ADD CONSTRAINT "paused_outbound_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paused_outbound" ADD CONSTRAINT "paused_outbound_portal_id_portals_id_fk" FOREIGN KEY ("portal_id") REFERENCES "public"."portals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paused_outbound" ADD CONSTRAINT "paused_outbound_ticket_id_tickets_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paused_outbound" ADD CONSTRAINT "paused_outbound_safety_snapshot_id_snapshots_id_fk" FOREIGN KEY ("safety_snapshot_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "paused_outbound_ticket" ON "paused_outbound" USING btree ("ticket_id");--> statement-breakpoint
CREATE INDEX "paused_outbound_release" ON "paused_outbound" USING btree ("release_state","asked_at");--> statement-breakpoint
alter table paused_outbound enable row level security;--> statement-breakpoint
create policy own_portal on paused_outbound using ((select desk_sees_all()) or portal_id in (select desk_portals()));--> statement-breakpoint
-- S84: which rows they are is for the worker that releases them, and for nobody's eyes.
alter table paused_actions enable row level security;--> statement-breakpoint
create policy system_only on paused_actions using ((select desk_actor()) = 'system');--> statement-breakpoint
revoke delete, truncate on paused_outbound from restore_desk_app;
