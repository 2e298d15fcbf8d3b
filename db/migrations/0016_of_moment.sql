ALTER TABLE "portals" ADD COLUMN "moments_from" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "portals" ADD COLUMN "moments_to" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "snapshots" ADD COLUMN "of_moment" boolean DEFAULT false NOT NULL;