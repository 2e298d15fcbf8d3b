import type { Command } from 'commander'
import { and, eq } from 'drizzle-orm'
import { snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { refuse } from '#lib/domain/refusal.ts'
import { snapshotRefWithBaseline } from '#lib/snapshots/catalogue-rows.ts'
import type { Comparison } from '#lib/snapshots/port.ts'
import { portalAtHand } from '#lib/snapshots/portal-at-hand.ts'
import { ticketRefusal } from '#lib/tickets/engine-refusals.ts'
import { exitCodes, refusalDocument, refused, subcommand, WrongUse } from '../command.ts'
import { findPortal, uuidOption } from '../find-portal.ts'

type Options = { json?: true; portal: string; snapshot: string; scope: string }

export function declareCompare(parent: Command): void {
  subcommand<Options>(
    parent,
    'compare',
    (command) =>
      command
        .description('the difference between a snapshot and the portal as it is now; changes nothing')
        .requiredOption('--portal <id>', 'id or external id of the portal')
        .requiredOption('--snapshot <id>', 'the snapshot')
        .requiredOption('--scope <scope>', 'crm or full'),
    async (desk, options) => {
      const portalId = await findPortal(desk, options.portal)
      const snapshotId = uuidOption('--snapshot', options.snapshot)
      const scope = scopeOption(options.scope)
      const { hand, snapshot } = await scoped(desk.db, 'system', async (tx) => {
        const [row] = await tx
          .select()
          .from(snapshots)
          .where(and(eq(snapshots.id, snapshotId), eq(snapshots.portalId, portalId)))
        return {
          hand: await portalAtHand(tx, portalId, row?.adapter),
          snapshot: row ? await snapshotRefWithBaseline(tx, row) : null,
        }
      })
      if (!hand || !snapshot) return refused(refuse('not_found'))
      const request = {
        portal: hand.ref,
        snapshot,
        scope,
        columns: [],
        examplesPerTable: 0,
        edgeHandling: hand.portal.edgeHandling,
      }
      const { digest, method, tables, drift, refusals, files = null } = await hand.adapter.compare(request, desk.signal)
      const inTheWay = scope === 'full' && refusals.swap === null ? null : refusals.inPlace
      const counted = tables.map(({ schema, table, missing, newer, changed }) => ({ schema, table, missing, newer, changed }))
      const refusal = inTheWay === null ? null : refusalDocument(ticketRefusal(inTheWay))
      const document = { digest, method, tables: counted, files, drift, refusal }
      const lines = counted
        .filter(({ missing, newer, changed }) => missing + newer + changed > 0)
        .map(
          ({ schema, table, missing, newer, changed }) =>
            `${schema}.${table}: ${missing} come back, ${newer} are wiped, ${changed} change`,
        )
      const words = [
        `digest ${digest}`,
        ...lines,
        ...filesLine(files),
        ...drift,
        ...(refusal ? [`Refused: ${refusal.detail}`] : []),
      ].join('\n')
      return { code: refusal === null ? exitCodes.done : exitCodes.refused, document, words }
    },
  )
}

function filesLine(files: NonNullable<Comparison['files']> | null): string[] {
  if (files === null) return []
  if (files === 'not_kept') return ['files: the snapshot holds none; they stay as they are']
  return [`files: ${files.missing} come back, ${files.newer} are taken away, ${files.changed} change`]
}

function scopeOption(typed: string): 'crm' | 'full' {
  if (typed === 'crm' || typed === 'full') return typed
  throw new WrongUse(`--scope is crm or full, not ${typed}`)
}
