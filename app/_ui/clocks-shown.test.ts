import { expect, test } from 'vitest'
import { clocksShown } from './clocks-shown.ts'

const at = (hours: number) => new Date(Date.UTC(2026, 10, 24, hours)).toISOString()
const order = (timers: Parameters<typeof clocksShown>[0]) =>
  clocksShown(timers).map(({ timer, leads }) => (leads === null ? timer : `${timer} ${leads}`))

test('the nearest end leads, even where a call for approval comes before it', () => {
  expect(
    order([
      { timer: 'consentExpiry', due: at(90) },
      { timer: 'approvalEscalation', due: at(2) },
      { timer: 'holdEnd', due: at(60) },
      { timer: 'approvalDenial', due: at(40) },
      { timer: 'holdWarning6', due: at(1) },
    ]),
  ).toEqual(['approvalDenial ends', 'approvalEscalation', 'holdEnd', 'consentExpiry'])
})

test('a restore that begins before the consent expires leads: that end never comes', () => {
  expect(
    order([
      { timer: 'consentExpiry', due: at(90) },
      { timer: 'windowOpens', due: at(20) },
      { timer: 'holdEnd', due: at(60) },
    ]),
  ).toEqual(['windowOpens begins', 'holdEnd', 'consentExpiry'])
})

test('nothing leads where nothing runs', () => {
  expect(order([])).toEqual([])
})
