/** Why the engine will not do it. Expected, and returned as a value; each code's sentence says what it means. */
export const refusalCodes = {
  server_too_old: 'The server is older than PostgreSQL 15.',
  same_database: 'Both sides are one and the same database.',
  role_cannot_see_rows: 'The role is neither superuser nor BYPASSRLS, so row security could hide rows from it (S97).',
  role_lacks_right: 'The role lacks a right without which the restore would fail half way; facts name it.',
  table_newer: 'A table of the scope was made after the snapshot (S108).',
  table_gone: 'A table of the scope that the snapshot has is gone from live (S108).',
  structure_moved: 'A table of the scope has other columns, constraints or partition bounds than in the snapshot (S108).',
  type_moved: 'An enum, domain, composite or range type that the scope uses is not what it was (S108).',
  foreign_table: 'The scope holds a foreign table, whose rows live in another server.',
  table_not_heap: 'A table of the scope is kept by another access method than heap, where a row has no lasting place.',
  rule_always: 'A rule of the scope is ENABLE ALWAYS or REPLICA and would rewrite what the restore does (S98).',
  published_without_identity: 'A table is published without replica identity, so the server refuses to delete from it.',
  event_trigger_always:
    'Triggers must be switched off, and an event trigger ENABLE ALWAYS would see it; before PostgreSQL 17 nothing silences it (S98).',
  period_reference: 'A foreign key with PERIOD crosses the edge of the scope.',
  prepared_transaction:
    'A prepared transaction of this database stands in the way of a swap: the server renames no database that has one (S104).',
  reference_refused: 'Rows would be left pointing at nothing, and the policy of this reference is to refuse (S71).',
  reference_not_nullable: 'Rows would be left pointing at nothing; the policy is to null them, and the column is NOT NULL (S71).',
  loss_grew: 'More would be wiped now than was consented to, beyond the tolerance (R11, I4).',
  put_back_conflicts:
    'Something in live is in the way of what would come back, or of taking it out again; facts name table, constraint and rows (S72).',
  put_back_grew: 'More would come back, or be taken out again, than was consented to.',
  lock_not_granted: 'The tables could not be locked within the attempts allowed; facts name who held them (S52).',
  lock_held_too_long: 'The watchdog ended the transaction: the tables were locked longer than allowed (S52).',
  row_refused: 'A row of the snapshot is not admitted by a constraint of its own table; facts name table and constraint (S99).',
  protected_without_key:
    'A table has protected columns but no key beside them, so nobody could tell whose value is to be kept (S64, S67).',
  protected_gone: 'The configuration protects a table or column that the portal does not have.',
  erased_returned:
    'A record that was erased would be there otherwise than live held it just before; nothing was committed (S66).',
  verification_failed: 'What was written is not what was meant; nothing was committed (S53).',
  commit_forbidden: 'The caller no longer held the right to commit (I15, S49).',
} as const

export type RefusalCode = keyof typeof refusalCodes

export type Fact = string | number | boolean | null | readonly string[]

export type EngineRefusal = { readonly code: RefusalCode; readonly facts: Readonly<Record<string, Fact>> }

/** What people should know before they consent; the restore goes on all the same (S104). */
export const noticeCodes = {
  subscription: 'A subscription writes into this database; what it wrote since the snapshot will not be sent again.',
  materialized_view_stale: 'A materialized view reads the scope and shows old data until it is refreshed.',
  unlogged_table: 'An unlogged table is left as it is: it is not part of any snapshot.',
  prepared_transaction: 'A prepared transaction holds locks until somebody ends it.',
  replication_slot: 'A logical replication slot will pass the restore on to whoever reads it.',
  collation_version_stale:
    'The database was made under another version of its collation library; its text indexes may be out of order.',
  scheduled_jobs: 'A job scheduler lives in this database; its jobs go on running.',
  always_trigger: 'A trigger is ENABLE ALWAYS or REPLICA; it is switched off for the length of the restore and put back (S98).',
} as const

export type NoticeCode = keyof typeof noticeCodes

/** `facts.name` or `facts.table` says what it is about, where there can be several. */
export type EngineNotice = { readonly code: NoticeCode; readonly facts: Readonly<Record<string, Fact>> }

/** Carries a refusal out of nested calls; public functions turn it into a value. */
export class RefusalError extends Error {
  readonly refusal: EngineRefusal

  constructor(refusal: EngineRefusal, options?: ErrorOptions) {
    super(`${refusalCodes[refusal.code]} ${JSON.stringify(refusal.facts)}`, options)
    this.name = 'RefusalError'
    this.refusal = refusal
  }
}

export function refuse(code: RefusalCode, facts: EngineRefusal['facts'], options?: ErrorOptions): RefusalError {
  return new RefusalError({ code, facts }, options)
}
