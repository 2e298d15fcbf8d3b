DROP INDEX "tickets_state";--> statement-breakpoint
DROP INDEX "tickets_assignee";--> statement-breakpoint
DROP INDEX "tickets_live_lethal";--> statement-breakpoint
CREATE INDEX "tickets_live_state" ON "tickets" USING btree ("state",coalesce("tickets"."lethal_at", 'infinity'),"number") WHERE "tickets"."state" not in ('closed','rejected','cancelled','expired','undone');--> statement-breakpoint
CREATE INDEX "tickets_live_assignee" ON "tickets" USING btree ("assignee_id",coalesce("tickets"."lethal_at", 'infinity'),"number") WHERE "tickets"."state" not in ('closed','rejected','cancelled','expired','undone');--> statement-breakpoint
CREATE INDEX "tickets_words" ON "tickets" USING gin (to_tsvector('simple', "subject" || ' ' || "reason"));--> statement-breakpoint
CREATE INDEX "tickets_live_lethal" ON "tickets" USING btree (coalesce("tickets"."lethal_at", 'infinity'),"number") WHERE "tickets"."state" not in ('closed','rejected','cancelled','expired','undone');