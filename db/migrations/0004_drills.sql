ALTER TABLE "snapshots" ADD COLUMN "proven_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "snapshots" ADD COLUMN "recovery_ms" integer;--> statement-breakpoint
CREATE INDEX "snapshots_proven" ON "snapshots" USING btree ("datastore_id","proven_at") WHERE "snapshots"."proven_at" is not null;--> statement-breakpoint
CREATE INDEX "snapshots_oldest" ON "snapshots" USING btree ("datastore_id","completed_at") WHERE "snapshots"."state" = 'ready';