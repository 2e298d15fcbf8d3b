import type { EngineNotice, EngineRefusal } from './refusal.ts'
import type { Scope } from './scope.ts'
import type { Side } from './side.ts'

export type Obstacles = { readonly refusals: readonly EngineRefusal[]; readonly notices: readonly EngineNotice[] }

/** `in_place` as here; `swap` asks only what concerns a swap by rename of the whole database. */
export type RestoreWay = 'in_place' | 'swap'

/** What stands in the way of a restore, and what people should know, before anyone consents. Reads catalogues only. */
export async function findObstacles(live: Side, snapshot: Side, scope: Scope, way: RestoreWay): Promise<Obstacles> {
  throw new Error(`Not here yet: ${live.database} ${snapshot.database} ${scope.kind} ${way}`)
}
