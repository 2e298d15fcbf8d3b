CREATE TABLE "extracted_files" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"kind" text NOT NULL,
	"portal_id" uuid NOT NULL,
	"ticket_id" uuid,
	"run_id" uuid,
	"source_snapshot_id" uuid NOT NULL,
	"stored_as" text NOT NULL,
	"rows" bigint NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"tables" jsonb NOT NULL,
	"made_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "file_downloads" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"file_id" uuid NOT NULL,
	"portal_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "extracted_files" ADD CONSTRAINT "extracted_files_portal_id_portals_id_fk" FOREIGN KEY ("portal_id") REFERENCES "public"."portals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extracted_files" ADD CONSTRAINT "extracted_files_ticket_id_tickets_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extracted_files" ADD CONSTRAINT "extracted_files_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extracted_files" ADD CONSTRAINT "extracted_files_source_snapshot_id_snapshots_id_fk" FOREIGN KEY ("source_snapshot_id") REFERENCES "public"."snapshots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_downloads" ADD CONSTRAINT "file_downloads_file_id_extracted_files_id_fk" FOREIGN KEY ("file_id") REFERENCES "public"."extracted_files"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_downloads" ADD CONSTRAINT "file_downloads_portal_id_portals_id_fk" FOREIGN KEY ("portal_id") REFERENCES "public"."portals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_downloads" ADD CONSTRAINT "file_downloads_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "extracted_files_one_per_run" ON "extracted_files" USING btree ("run_id","kind");--> statement-breakpoint
CREATE INDEX "extracted_files_ticket" ON "extracted_files" USING btree ("ticket_id");--> statement-breakpoint
CREATE INDEX "extracted_files_expiry" ON "extracted_files" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "file_downloads_file" ON "file_downloads" USING btree ("file_id","at");--> statement-breakpoint
do $$ declare t text; begin
  foreach t in array array['extracted_files','file_downloads'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy own_portal on %I using ((select desk_sees_all()) or portal_id in (select desk_portals()))', t);
  end loop;
end $$;--> statement-breakpoint
-- Who was let at a file is a record: it only grows.
revoke update, delete, truncate on file_downloads from restore_desk_app;--> statement-breakpoint
revoke delete, truncate on extracted_files from restore_desk_app;
