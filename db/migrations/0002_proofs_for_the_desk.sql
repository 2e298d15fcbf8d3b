-- Evidence that somebody owns a portal (a register extract, a call back) is for the desk: nobody of the portal reads or writes it.
drop policy own_portal on proofs;--> statement-breakpoint
create policy desk_only on proofs using ((select desk_sees_all()));
