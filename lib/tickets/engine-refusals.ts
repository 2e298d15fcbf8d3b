import { type JsonValue, type Refusal, type RefusalCode, refuse } from '#lib/domain/refusal.ts'
import type { AdapterRefusal, AdapterRefusalCode } from '#lib/snapshots/port.ts'

/** A no of an adapter or the engine as the ticket keeps it. An adapter's code that has no words does not compile here. */
export function ticketRefusal({ code, facts }: AdapterRefusal): Refusal {
  const known: RefusalCode = code satisfies AdapterRefusalCode
  return refuse(known, Object.fromEntries(Object.entries(facts).map(([name, fact]): [string, JsonValue] => [name, toJson(fact)])))
}

function toJson(fact: AdapterRefusal['facts'][string]): JsonValue {
  return typeof fact === 'object' && fact !== null ? [...fact] : fact
}
