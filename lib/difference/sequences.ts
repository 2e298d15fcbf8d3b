import type { SequenceDifference } from './difference.ts'
import { nameKey, quoted, quoteText, shown, type TableName } from './names.ts'
import { type Scope, scopeCondition } from './scope.ts'
import { one, rows, run, type Side } from './side.ts'

export type Sequence = TableName & {
  readonly lastValue: string
  readonly isCalled: boolean
  readonly increment: string
  readonly cycles: boolean
}

/** The sequences of the scope's schemas or names, and those its tables' columns own, wherever they lie. */
export async function readSequences(side: Side, scope: Scope, tableOids: readonly number[]): Promise<Map<string, Sequence>> {
  const condition = scopeCondition(scope)
  const found = await rows<{ schema: string; name: string; increment: string; cycles: boolean }>(
    side,
    `SELECT n.nspname AS schema, c.relname AS name, s.seqincrement::text AS increment, s.seqcycle AS cycles
     FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relpersistence <> 't' AND ((${condition.sql}) OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
       AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjid = ANY ($${condition.values.length + 1}::oid[])))
     ORDER BY c.oid`,
    [...condition.values, tableOids],
  )
  const sequences = new Map<string, Sequence>()
  for (const sequence of found) {
    const { value, called } = await one<{ value: string; called: boolean }>(
      side,
      `SELECT last_value::text AS value, is_called AS called FROM ${quoted(sequence)}`,
    )
    sequences.set(nameKey(sequence), { ...sequence, lastValue: value, isCalled: called })
  }
  return sequences
}

/** Sequences that stand elsewhere than in the snapshot. Live being further on is the rule; it stays so (S70). */
export function compareSequences(
  live: ReadonlyMap<string, Sequence>,
  snapshot: ReadonlyMap<string, Sequence>,
): SequenceDifference[] {
  return [...live].flatMap(([key, here]) => {
    const there = snapshot.get(key)
    if (there === undefined || (there.lastValue === here.lastValue && there.isCalled === here.isCalled)) return []
    const sequence = { schema: here.schema, name: here.name }
    return [{ sequence, live: here.lastValue, snapshot: there.lastValue, snapshotIsAhead: isAhead(there, here) }]
  })
}

/** Sets live's sequences forward where the snapshot is ahead; the same with a copy and what is to be carried into it. `setval` does not roll back: a gap, never a number issued twice. */
export async function moveSequencesForward(
  writer: Side,
  differences: readonly SequenceDifference[],
): Promise<{ sequence: TableName; from: string; to: string }[]> {
  const moved: { sequence: TableName; from: string; to: string }[] = []
  for (const { sequence, live, snapshot, snapshotIsAhead } of differences) {
    if (!snapshotIsAhead) continue
    await one(writer, `SELECT setval(${quoteText(quoted(sequence))}::regclass, ${BigInt(snapshot)}, true)`)
    moved.push({ sequence, from: live, to: snapshot })
  }
  return moved
}

/** For a copy that is to be what live is: every sequence exactly. Gives how many were set. */
export async function setSequencesExactly(
  copy: Side,
  live: Map<string, Sequence>,
  ofCopy: Map<string, Sequence>,
): Promise<number> {
  let set = 0
  for (const [key, wanted] of live) {
    const now = ofCopy.get(key)
    if (now === undefined) throw new Error(`The copy lacks the sequence ${shown(wanted)}`)
    if (now.lastValue === wanted.lastValue && now.isCalled === wanted.isCalled) continue
    await run(copy, `SELECT setval(${quoteText(quoted(wanted))}::regclass, ${BigInt(wanted.lastValue)}, ${wanted.isCalled})`)
    set++
  }
  return set
}

// In the direction of the increment; where a cycling one stands says nothing about what was issued.
function isAhead(snapshot: Sequence, live: Sequence): boolean {
  if (snapshot.cycles || live.cycles || !snapshot.isCalled) return false
  const [then, now] = [BigInt(snapshot.lastValue), BigInt(live.lastValue)]
  if (then === now) return !live.isCalled
  return BigInt(live.increment) > 0n ? then > now : then < now
}
