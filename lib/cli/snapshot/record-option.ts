import { z } from 'zod'
import type { NamedRecord } from '#lib/snapshots/named-records.ts'
import { WrongUse } from '../command.ts'

const usage = '--record wants crm.deals:id=42, of a longer key crm.lines:deal=42,line=7, or JSON {"schema","table","key":{…}}'
const told = z.object({ schema: z.string().min(1), table: z.string().min(1), key: z.record(z.string(), z.string()) })

/** One record as it is typed; or as `snapshot search --json` tells it, which has room for any name and value. Throws `WrongUse`. */
export function recordOption(typed: string): NamedRecord {
  if (typed.trimStart().startsWith('{')) return fromJson(typed)
  const [, schema, table, pairs] = /^([^.:]+)\.([^:]+):(.+)$/.exec(typed) ?? []
  if (schema === undefined || table === undefined || pairs === undefined) throw new WrongUse(`${usage}, not ${typed}`)
  const key = pairs.split(',').map((pair): [string, string] => {
    const at = pair.indexOf('=')
    if (at < 1) throw new WrongUse(`${usage}, not ${typed}`)
    return [pair.slice(0, at), pair.slice(at + 1)]
  })
  return { schema, table, key: Object.fromEntries(key) }
}

function fromJson(typed: string): NamedRecord {
  try {
    return told.parse(JSON.parse(typed))
  } catch (cause) {
    throw new WrongUse(`${usage}, not ${typed}`, { cause })
  }
}
