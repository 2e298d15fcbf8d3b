import { type Batch, dayBatch, mapTables, type Table } from './batch.ts'
import { literal } from './draw.ts'
import { enterCrm } from './enter-crm.ts'
import { enterIntranet } from './enter-intranet.ts'
import { type Day, localInstant } from './moments.ts'

/** Somebody deletes the newest `deals` deals (only open ones, where `open`) at this time of the portal's own day, over so many minutes. */
type Deletion = { who: string; daysAgo: number; deals: number; open: boolean; hour: number; minute: number; minutes: number }

/** Corax's is the mass deletion, bolt's the deals lost on a free portal; the others are behind the tickets that are under way. */
export const deletions = {
  corax: { who: 'Ryszard Gołąb', daysAgo: 2, deals: 412, open: false, hour: 16, minute: 7, minutes: 45 },
  bolt: { who: 'Rui Ferreira', daysAgo: 1, deals: 14, open: true, hour: 18, minute: 40, minutes: 12 },
  grota: { who: 'Wiesław Źrebiec', daysAgo: 2, deals: 9, open: true, hour: 11, minute: 20, minutes: 3 },
  heron: { who: 'Rafael Costa', daysAgo: 2, deals: 2, open: true, hour: 17, minute: 5, minutes: 1 },
  iris: { who: 'Żaneta Król', daysAgo: 1, deals: 6, open: true, hour: 9, minute: 15, minutes: 4 },
  juno: { who: 'Kieran Nash', daysAgo: 1, deals: 11, open: false, hour: 15, minute: 30, minutes: 2 },
  kite: { who: 'Leonard Vaughan', daysAgo: 1, deals: 7, open: true, hour: 10, minute: 50, minutes: 2 },
  lark: { who: 'Yasmin Okafor', daysAgo: 1, deals: 17, open: false, hour: 13, minute: 10, minutes: 6 },
} as const satisfies Record<string, Deletion>

/** Deals that are entered at bolt after its deletion: so many the same evening, and as many the next morning. */
export const newerDeals = 3

const allDeletions: Record<string, Deletion> = deletions

/** What else happens in a portal on this day, after the usual. Changes `highest` where it enters rows. */
export function incidentsOf(batch: Batch, day: Day, now: Date): { statements: string[]; highest: Record<Table, number> } {
  const deletion = allDeletions[batch.portal.externalId]
  const deleted = deletion?.daysAgo === day.daysAgo ? deleteDeals(batch, day, deletion) : []
  const sinceBolt = batch.portal.externalId === 'bolt' && day.daysAgo <= deletions.bolt.daysAgo
  const entered = sinceBolt ? enterNewerDeals(batch, day, now) : { statements: [], highest: batch.highest }
  return { statements: [...deleted, ...entered.statements], highest: entered.highest }
}

/** As the portal's own application does it: children go, references from the intranet are emptied, the audit log has one line a deal. */
function deleteDeals({ portal }: Batch, day: Day, deletion: Deletion): string[] {
  // Older than a day, so that the restore point before the deletion holds each of them, whichever night that was.
  const before = localInstant(portal.timeZone, day.date, 0).getTime() - 86_400_000
  const old = `created_at < timestamptz '${new Date(before).toISOString()}'`
  const where = deletion.open ? `${old} and stage not in ('won', 'lost')` : old
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
    'crm.deals': newerDeals,
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
