import { byName, type Catalogue, type Table } from './catalogue.ts'
import type { Drift } from './difference.ts'
import { nameKey, shown } from './names.ts'
import { settled } from './settled.ts'

/** A table as it stands on both sides, structure equal. */
export type Pair = { readonly live: Table; readonly snapshot: Table }

/**
 * Matches the tables of both sides by name and says what moved between them (S108). By name, not oid: a snapshot loaded from an archive
 * has oids of its own, and a table dropped and made again the same way still fits.
 */
export function findDrift(live: Catalogue, snapshot: Catalogue): { drift: Drift[]; pairs: Pair[] } {
  const drift: Drift[] = []
  const pairs: Pair[] = []
  const others = byName(snapshot)
  for (const table of live.tables) {
    const other = others.get(nameKey(table))
    others.delete(nameKey(table))
    if (other === undefined) {
      drift.push({ kind: 'table_newer', name: shown(table), details: [] })
      continue
    }
    const details = [...added(other.structure, table.structure), ...removed(other.structure, table.structure)]
    if (details.length > 0) drift.push({ kind: 'table_changed', name: shown(table), details })
    else pairs.push({ live: table, snapshot: other })
  }
  for (const table of others.values()) drift.push({ kind: 'table_gone', name: shown(table), details: [] })
  return { drift: [...drift, ...typeDrift(live, snapshot)], pairs }
}

/** Whether rows of the pair can travel in binary: every type can, and both sides know the portal's own types by the same oids. */
export function travelsInBinary(pair: Pair, live: Catalogue, snapshot: Catalogue): boolean {
  return pair.live.data.every((column) => {
    const other = pair.snapshot.data.find((candidate) => candidate.name === column.name)
    const here = live.types.get(column.typeOid)
    const there = other === undefined ? undefined : snapshot.types.get(other.typeOid)
    return here !== undefined && there !== undefined && here.binary && here.ownOids === there.ownOids
  })
}

function typeDrift(live: Catalogue, snapshot: Catalogue): Drift[] {
  const now = typeParts(live)
  const then = typeParts(snapshot)
  const names = [...now.keys()].filter((name) => then.has(name) && settled(then.get(name) ?? '') !== settled(now.get(name) ?? ''))
  return names.map((name) => ({
    kind: 'type_changed',
    name,
    details: [`in the snapshot: ${then.get(name)}`, `now: ${now.get(name)}`],
  }))
}

function typeParts(catalogue: Catalogue): Map<string, string> {
  return new Map(
    [...catalogue.types.values()].flatMap((type) => type.parts.map((part): [string, string] => [part.name, part.is])),
  )
}

function added(then: readonly string[], now: readonly string[]): string[] {
  const known = new Set(then.map(settled))
  return now.filter((line) => !known.has(settled(line))).map((line) => `added since: ${line}`)
}

function removed(then: readonly string[], now: readonly string[]): string[] {
  const known = new Set(now.map(settled))
  return then.filter((line) => !known.has(settled(line))).map((line) => `gone since: ${line}`)
}
