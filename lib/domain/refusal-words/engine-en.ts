import type { EngineRefusalCode } from '../refusal.ts'
import type { FactReader, Say } from './fact-reader.ts'
import { naming, say } from './say.ts'

const desk = 'The desk looks into it. Another restore point or another kind of restore may work meanwhile.'
const full = 'A restore of the whole portal may still be possible, or a newer restore point.'

/** What the engine and the adapters say no to, in English; facts with names of tables are shown beside it for the desk. */
export const engineEn: Record<EngineRefusalCode, Say> = {
  server_too_old: say('The portal’s database server is older than PostgreSQL 15, which restores need.', 'Upgrade the server.'),
  same_database: say('The restore point and the portal are one and the same database.', desk),
  role_cannot_see_rows: say(
    'Some rows of the portal are hidden from the desk, so nothing that is compared could be trusted.',
    'The desk’s database role needs the right to read every row.',
  ),
  role_lacks_right: say(
    'The desk’s database role lacks a right that this restore needs.',
    'An administrator of the datastore can grant it; the details name it.',
  ),
  table_newer: (f) => ({
    why:
      f.tables() === ''
        ? 'A table has been added since this restore point was made.'
        : `The table ${f.tables()} has been added since this restore point was made.`,
    whatWouldHelp: full,
  }),
  table_gone: (f) => ({
    why:
      f.tables() === ''
        ? 'A table that this restore point holds is no longer there.'
        : `The table ${f.tables()}, which this restore point holds, is no longer there.`,
    whatWouldHelp: full,
  }),
  structure_moved: (f) => ({
    why: `The structure of ${f.tables() || 'the data'} has changed since this restore point was made.`,
    whatWouldHelp: full,
  }),
  type_moved: say('A data type has changed since this restore point was made.', full),
  foreign_table: naming('Part of the data lives on another server and is not in any restore point.', desk),
  table_not_heap: naming('A table is stored in a way that cannot be compared row by row.', full),
  rule_always: naming('A rule of the database would rewrite what the restore puts back.', full),
  published_without_identity: naming(
    'A table is being replicated in a way that does not allow rows to be removed.',
    'Give the table a replica identity, then try again.',
  ),
  event_trigger_always: say('An event trigger of the database would notice the restore and cannot be silenced.', full),
  period_reference: naming('Data outside the restore refers to it by periods of time, which cannot be carried over.', full),
  reference_refused: naming(
    'Some records would be left pointing at nothing, and this portal’s settings do not allow that.',
    full,
  ),
  reference_not_nullable: naming(
    'Some records would be left pointing at nothing, and that place in them must not be empty.',
    full,
  ),
  loss_grew: say('More would be lost now than was agreed to.', 'The owner looks at the new preview and decides again.'),
  put_back_conflicts: say(
    'Newer records are in the way of some of what would change.',
    'Look at the list of conflicts: leave those records out, or settle them by hand first.',
  ),
  put_back_grew: say(
    'More records would be affected now than were agreed to.',
    'The owner looks at the new preview and decides again.',
  ),
  lock_not_granted: say(
    'Other programs were using the data and did not let go in time.',
    'Try again at a quieter time, or choose a window.',
  ),
  lock_held_too_long: say(
    'The restore took longer than writers may be kept waiting, and was stopped.',
    'Choose a window in which a longer pause is acceptable.',
  ),
  row_refused: naming('A record of the restore point no longer fits the rules of its own table.', desk),
  verification_failed: say('The check found that the result was not exactly what was agreed, so nothing was kept.', desk),
  commit_forbidden: say('Another worker has taken this restore over.', null),
  prepared_transaction: say(
    'The portal has a transaction that somebody prepared and never finished.',
    'It has to be committed or rolled back first.',
  ),
  portal_missing: say('The portal’s database is not there, or takes no connections.', desk),
  snapshot_missing: (facts) => ({ why: 'The copy behind this restore point is not there.', whatWouldHelp: neighbours(facts) }),
  own_database: say(
    'This is the desk’s own database, which cannot be a portal.',
    'Give the address of the portal’s own database.',
  ),
  not_enough_disk: (f) => ({ why: noRoom(f), whatWouldHelp: 'The desk makes room; the ticket keeps its place.' }),
  sessions_hold_on: say(
    'Some programs stay connected to the portal although they were asked to leave.',
    'Stop them, or choose a quieter time.',
  ),
  prepared_transactions: say(
    'The portal has transactions that somebody prepared and never finished.',
    'They have to be committed or rolled back first.',
  ),
  replication_slots: say(
    'The portal’s database is being replicated from, and cannot change places.',
    'A restore of the CRM may still be possible.',
  ),
  subscription_writes: say(
    'The portal’s database receives data by replication, and cannot change places.',
    'A restore of the CRM may still be possible.',
  ),
  schema_moved: say(
    'The portal’s structure has changed since the last copy, and its users may not be disconnected now.',
    'The copy is made in the portal’s quiet hour.',
  ),
  protected_without_key: naming(
    'A table with protected data has nothing by which its records can be told apart.',
    'The desk corrects what is protected for this portal.',
  ),
  protected_gone: naming(
    'The settings protect a table or column that the portal does not have, so it could not be kept.',
    'The desk corrects what is protected for this portal.',
  ),
  erased_returned: naming(
    'A record that was erased would have come back, so nothing was kept.',
    'The desk looks into it; the portal is as it was.',
  ),
  swap_loses_protected: naming(
    'The whole database would be replaced. Data that must stay as it is today, such as access rights, was built differently at that restore point and could not be carried over.',
    'A restore of the CRM may still be possible, or a newer restore point.',
  ),
  swap_needs_full: say(
    'Whole databases can change places only for a restore of the whole portal.',
    'Ask for a restore of the whole portal.',
  ),
  programs_missing: say(
    'A program that reads and writes the copies is missing on our machine, or too old to be used safely.',
    'The desk installs it; your data is untouched.',
  ),
  repository_unavailable: say(
    'The place where the copies are kept cannot be reached or opened at the moment.',
    'The desk has been told; your data is untouched.',
  ),
  files_unreadable: say(
    "Some of the portal's files could not be read, so a copy would lack them.",
    'The desk gives itself the right to read them; your data is untouched.',
  ),
  files_unusable: say(
    "The portal's files could not be put back where they are kept, so nothing was started.",
    'The desk sets up the place of the files; your data is untouched.',
  ),
  files_unsettled: say(
    'The files of an earlier restore of this portal have not taken their place yet, so they do not belong to its data.',
    'The desk puts them in their place first.',
  ),
  moment_out_of_reach: say(
    'A restore point of that moment can no longer be made, or not yet.',
    'Choose another moment, or one of the restore points in the list.',
  ),
  remote_unusable: say(
    'The system that keeps the copies cannot be reached at the moment, or its answers cannot be relied on.',
    'The desk has been told; your data is untouched.',
  ),
  remote_unprovable: say(
    'What this restore would leave behind could not be checked by reading the portal, so it is not started.',
    'The desk looks for another way, such as a restore of the whole portal.',
  ),
  remote_unproved: say(
    'The system that keeps the copies was asked to restore, and the portal does not show what the restore point holds.',
    'A person at the desk looks at the portal before anything else is done; the safety copy made before is kept.',
  ),
  contents_differ: (facts) => ({
    why: 'The copy behind this restore point no longer holds what it held when it was made.',
    whatWouldHelp: neighbours(facts),
  }),
}

/** S26: what is left to choose, by its time. */
function neighbours({ has, instant }: FactReader): string {
  const named = ['before', 'after'].filter(has).map(instant)
  return `Choose one of its neighbours${named.length === 0 ? '' : `: ${named.join(' or ')}`}. The desk has been told.`
}

/** S51: where there is too little, and how much it would take, as far as that is known. */
function noRoom({ text, has, bytes }: FactReader): string {
  if (text('of') === 'copies')
    return `There was no space left where the copies are kept${has('freeBytes') ? `: ${bytes('freeBytes')} free now` : ''}.`
  if (text('of') !== 'files') return 'The server has less free space than the portal, its copy and the safety copy need together.'
  const space = `${bytes('neededBytes')} needed, ${bytes('freeBytes')} free`
  if (has('because')) return `The space ran out while the portal’s files were being made ready: ${space} now.`
  return `There is too little space where the portal’s files are kept: ${space}.`
}
