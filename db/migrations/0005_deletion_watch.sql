CREATE TABLE "deletion_marks" (
	"portal_id" uuid PRIMARY KEY NOT NULL,
	"mark" text NOT NULL,
	"watched_since" timestamp (3) with time zone NOT NULL,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"taken_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deletion_samples" (
	"portal_id" uuid NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	"deleted" bigint NOT NULL,
	"tables" jsonb NOT NULL,
	CONSTRAINT "deletion_samples_portal_id_until_pk" PRIMARY KEY("portal_id","until")
);
--> statement-breakpoint
ALTER TABLE "deletion_marks" ADD CONSTRAINT "deletion_marks_portal_id_portals_id_fk" FOREIGN KEY ("portal_id") REFERENCES "public"."portals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deletion_samples" ADD CONSTRAINT "deletion_samples_portal_id_portals_id_fk" FOREIGN KEY ("portal_id") REFERENCES "public"."portals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deletion_samples_until" ON "deletion_samples" USING btree ("until");--> statement-breakpoint
-- Only the worker counts; people see what it makes of it.
alter table deletion_marks enable row level security;--> statement-breakpoint
create policy system_only on deletion_marks using ((select desk_actor()) = 'system');--> statement-breakpoint
alter table deletion_samples enable row level security;--> statement-breakpoint
create policy system_only on deletion_samples using ((select desk_actor()) = 'system');
