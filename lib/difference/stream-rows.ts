import type { Column } from './catalogue.ts'
import { copyOut } from './copy.ts'
import { quoted, type TableName } from './names.ts'
import { placeTexts, type RowSet } from './row-set.ts'
import type { Side } from './side.ts'

const newline = 0x0a

/**
 * Streams the rows at given places, each value as its type's own text: exact under the side's pinned settings, one row in memory at a time,
 * however long it is. Call it inside the `atOneMoment` in which the places were found. Left off early, it reads the rest unseen.
 */
export async function* streamPlaces(
  side: Side,
  table: TableName,
  columns: readonly Column[],
  places: RowSet,
): AsyncGenerator<(string | null)[]> {
  const fields = columns.map((column) => `t.${column.quoted}`).join(', ')
  for (const texts of placeTexts(places)) {
    const where = `t.ctid = ANY ('{${texts.map((text) => `"${text}"`).join(',')}}'::tid[])`
    const source = copyOut(side, `COPY (SELECT ${fields} FROM ONLY ${quoted(table)} AS t WHERE ${where}) TO STDOUT`)
    for await (const line of linesOf(source)) yield columns.length === 0 ? [] : line.split('\t').map(fieldValue)
  }
}

/** COPY escapes line feeds inside values, and UTF-8 has that byte nowhere else. */
async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let begun: Buffer[] = []
  for await (const chunk of source) {
    let from = 0
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      const end = chunk.subarray(from, to)
      yield (begun.length === 0 ? end : Buffer.concat([...begun, end])).toString('utf8')
      begun = []
      from = to + 1
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
  }
  if (begun.length > 0) throw new Error('a row stream ended in the middle of a row')
}

const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

function fieldValue(field: string): string | null {
  if (field === '\\N') return null
  return field.includes('\\') ? field.replace(/\\(.)/gs, (_, escaped: string) => escapes[escaped] ?? escaped) : field
}
