import type { TableName } from '#lib/difference/names.ts'
import type { ExtractedTable, ExtractRequest } from '../../port.ts'
import { extract as extractOnServer } from '../postgres/extract.ts'
import type { FindRepository } from './repository.ts'
import { withAllOpened } from './with-all-opened.ts'

/** The postgres adapter's reading of chosen or differing rows, from the archive loaded beside the portal. */
export function extractWith(find: FindRepository) {
  return <T>(
    request: ExtractRequest,
    use: (extracted: ExtractedTable[], withheldTables: TableName[]) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> => {
    const { portal, source, what } = request
    const against = what.kind === 'difference' ? what.against : []
    return withAllOpened(find, portal, [source, ...against], signal, ([opened = source, first, ...rest]) => {
      const asked: ExtractRequest['what'] = what.kind === 'difference' && first ? { ...what, against: [first, ...rest] } : what
      return extractOnServer({ ...request, source: opened, what: asked }, use, signal)
    })
  }
}
