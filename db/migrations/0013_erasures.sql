CREATE TABLE "erasures" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"portal_id" uuid NOT NULL,
	"schema_name" text NOT NULL,
	"table_name" text NOT NULL,
	"key" jsonb NOT NULL,
	"reason" text NOT NULL,
	"recorded_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "erasures_once" UNIQUE("portal_id","schema_name","table_name","key")
);
--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_portal_id_portals_id_fk" FOREIGN KEY ("portal_id") REFERENCES "public"."portals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- S66: who was erased is nobody's to read but the worker's and the operator's; and a list that shrinks lets somebody return.
alter table erasures enable row level security;--> statement-breakpoint
create policy system_only on erasures using ((select desk_actor()) = 'system');--> statement-breakpoint
revoke update, delete, truncate on erasures from restore_desk_app;