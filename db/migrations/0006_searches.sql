CREATE TABLE "searches" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"portal_id" uuid NOT NULL,
	"requested_by" uuid NOT NULL,
	"words" text NOT NULL,
	"scope" text NOT NULL,
	"state" text DEFAULT 'searching' NOT NULL,
	"report" jsonb,
	"error" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "searches" ADD CONSTRAINT "searches_portal_id_portals_id_fk" FOREIGN KEY ("portal_id") REFERENCES "public"."portals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "searches" ADD CONSTRAINT "searches_requested_by_users_id_fk" FOREIGN KEY ("requested_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "searches_asked" ON "searches" USING btree ("portal_id","requested_by","created_at");--> statement-breakpoint
-- S84: what was found are people's records, by name. The desk sees none of them, nor does anybody else of the portal.
alter table searches enable row level security;--> statement-breakpoint
create policy own_search on searches using ((select desk_actor()) = 'system' or (requested_by::text = (select desk_actor()) and portal_id in (select desk_portals())));
