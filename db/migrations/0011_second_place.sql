-- A failed drill speaks for what one adapter keeps of a datastore; until now that was all of it.
update alerts a set subject = a.subject || ':' || d.adapter from datastores d
 where a.kind = 'drill_failed' and a.resolved_at is null and a.subject = d.id::text;--> statement-breakpoint
DROP INDEX "snapshots_proven";--> statement-breakpoint
DROP INDEX "snapshots_oldest";--> statement-breakpoint
ALTER TABLE "portals" ADD COLUMN "second_place" text;--> statement-breakpoint
ALTER TABLE "portals" ADD COLUMN "second_place_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "snapshots" ADD COLUMN "adapter" text DEFAULT 'postgres' NOT NULL;--> statement-breakpoint
-- Until now the datastore's adapter kept them all.
update snapshots s set adapter = d.adapter from datastores d where d.id = s.datastore_id and d.adapter <> 'postgres';--> statement-breakpoint
CREATE INDEX "snapshots_proven" ON "snapshots" USING btree ("datastore_id","adapter","proven_at") WHERE "snapshots"."proven_at" is not null;--> statement-breakpoint
CREATE INDEX "snapshots_oldest" ON "snapshots" USING btree ("datastore_id","adapter","completed_at") WHERE "snapshots"."state" = 'ready';--> statement-breakpoint
ALTER TABLE "portals" ADD CONSTRAINT "portals_second_place_since" CHECK (("portals"."second_place" is null) = ("portals"."second_place_since" is null));