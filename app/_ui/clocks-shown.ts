import type { Timer } from '#lib/domain/timers.ts'

/** Timers that end something for good. */
const lethal = new Set<Timer['timer']>([
  'holdEnd',
  'ownerExpiry',
  'upgradeExpiry',
  'approvalDenial',
  'consentExpiry',
  'undoEnd',
  'filesEnd',
])
/** Warnings and reminders are the desk's business with itself: no clock for people. */
const silent = new Set<Timer['timer']>(['holdWarning24', 'holdWarning6', 'holdWarning1', 'ownerReminder1', 'ownerReminder2'])

export type ClockShown = { timer: Timer['timer']; at: Date; leads: 'ends' | 'begins' | null }

/**
 * A ticket's clocks for people. What really happens next leads: the nearest end, or the restore that begins before it, after which
 * none of those ends comes. The others follow by time.
 */
export function clocksShown(timers: readonly Timer[]): ClockShown[] {
  const clocks = timers
    .filter(({ timer }) => !silent.has(timer))
    .map(({ timer, due }) => ({ timer, at: new Date(due), leads: null }))
    .sort((one, other) => one.at.getTime() - other.at.getTime())
  const first = clocks.find(({ timer }) => lethal.has(timer) || timer === 'windowOpens')
  if (first === undefined) return clocks
  return [{ ...first, leads: lethal.has(first.timer) ? 'ends' : 'begins' }, ...clocks.filter((clock) => clock !== first)]
}
