ALTER TABLE "extracted_files" ADD COLUMN "lost_files" jsonb;--> statement-breakpoint
ALTER TABLE "portals" ADD COLUMN "files_path" text;--> statement-breakpoint
CREATE UNIQUE INDEX "portals_files_path" ON "portals" USING btree ("files_path");--> statement-breakpoint
ALTER TABLE "portals" ADD CONSTRAINT "portals_files_path_absolute" CHECK ("portals"."files_path" like '/_%');