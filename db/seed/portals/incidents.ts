import { type Batch, dayBatch, mapTables, type Table } from './batch.ts'
import { literal } from './draw.ts'
import { enterCrm } from './enter-crm.ts'
import { enterIntranet } from './enter-intranet.ts'
import { type Day, localInstant } from './moments.ts'

/** Who deletes 412 deals in 45 minutes at corax, two days ago. */
export const massDeletion = { portal: 'corax', who: 'Ryszard Gołąb', daysAgo: 2, deals: 412, hour: 16, minute: 7, minutes: 45 }
/** Who deletes 14 open deals at bolt yesterday evening, taking them for duplicates. */
export const lostDeals = {
  portal: 'bolt',
  who: 'Rui Ferreira',
  daysAgo: 1,
  deals: 14,
  hour: 18,
  minute: 40,
  minutes: 12,
  newerDeals: 3,
}

/** What else happens in a portal on this day, after the usual. Changes `highest` where it enters rows. */
export function incidentsOf(batch: Batch, day: Day, now: Date): { statements: string[]; highest: Record<Table, number> } {
  const { story } = batch.portal
  if (story === 'mass_deletion' && day.daysAgo === massDeletion.daysAgo) {
    return { statements: deleteDeals(batch, day, massDeletion, 'true'), highest: batch.highest }
  }
  if (story !== 'lost_deals' || day.daysAgo > lostDeals.daysAgo) return { statements: [], highest: batch.highest }
  const deletion = day.daysAgo === lostDeals.daysAgo ? deleteDeals(batch, day, lostDeals, "stage not in ('won', 'lost')") : []
  const entered = enterNewerDeals(batch, day, now)
  return { statements: [...deletion, ...entered.statements], highest: entered.highest }
}

type Deletion = Pick<typeof massDeletion, 'who' | 'deals' | 'hour' | 'minute' | 'minutes'>

/** As the portal's own application does it: children go, references from the intranet are emptied, the audit log has one line a deal. */
function deleteDeals({ portal }: Batch, day: Day, deletion: Deletion, where: string): string[] {
  const from = localInstant(portal.timeZone, day.date, deletion.hour, deletion.minute).toISOString()
  return [
    `create temp table gone as select id, title, row_number() over (order by id) as n from (select id, title from crm.deals where ${where} order by id desc limit ${deletion.deals}) d`,
    'delete from crm.quote_lines where quote_id in (select q.id from crm.quotes q join gone on gone.id = q.deal_id)',
    'delete from crm.quotes where deal_id in (select id from gone)',
    'delete from crm.activities where deal_id in (select id from gone)',
    'delete from crm.deals where id in (select id from gone)',
    'update intranet.tasks set deal_id = null where deal_id in (select id from gone)',
    'update intranet.conversations set deal_id = null where deal_id in (select id from gone)',
    'update intranet.files set deal_id = null where deal_id in (select id from gone)',
    `insert into intranet.audit_log (at, who, action, entity, entity_id, detail)
      select timestamptz '${from}' + make_interval(secs => ${deletion.minutes * 60} * n / ${deletion.deals + 1}.0), ${literal(deletion.who)}, 'delete', 'deals', id, jsonb_build_object('title', title)
      from gone order by n`,
    'drop table gone',
  ]
}

/** Deals that would be wiped by going back: some the same evening, some this morning, with what belongs to them. */
function enterNewerDeals(batch: Batch, day: Day, now: Date): { statements: string[]; highest: Record<Table, number> } {
  const { portal } = batch
  const from = day.daysAgo === 0 ? localInstant(portal.timeZone, day.date, 6, 30) : localInstant(portal.timeZone, day.date, 19, 5)
  const until = new Date(Math.min(from.getTime() + 2.5 * 3_600_000, now.getTime() - 5 * 60_000))
  if (until <= from) return { statements: [], highest: batch.highest }
  const counts: Partial<Record<Table, number>> = {
    'crm.contacts': 2,
    'crm.deals': lostDeals.newerDeals,
    'crm.activities': 5,
    'crm.quotes': 1,
    'intranet.tasks': 4,
  }
  const evening = dayBatch(batch, 0, batch.highest, day)
  const highest = mapTables((table) => batch.highest[table] + (counts[table] ?? 0))
  const source = mapTables((table) => {
    const [first, count] = [batch.highest[table] + 1, counts[table] ?? 0]
    return `(select g, timestamptz '${from.toISOString()}' + (timestamptz '${until.toISOString()}' - timestamptz '${from.toISOString()}') * ((g - ${first} + 0.5) / ${Math.max(1, count)})::float8 as at, 0::float8 as age
      from generate_series(${first}, ${first + count - 1}) g) r`
  })
  const entered = { ...evening, source, highest }
  return { statements: [...enterCrm(entered), ...enterIntranet(entered)], highest }
}
