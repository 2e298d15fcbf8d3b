const hourMs = 3_600_000

/** How much an end presses, the same in queue, ticket and approval: red within six hours, amber within a day. */
export function urgencyOf(leftMs: number): 'danger' | 'warn' | 'neutral' {
  if (leftMs < 6 * hourMs) return 'danger'
  return leftMs < 24 * hourMs ? 'warn' : 'neutral'
}
