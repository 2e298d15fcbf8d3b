import { describe, expect, test } from 'vitest'
import { refusalWords } from '#lib/domain/refusal-words.ts'
import { readWindow, wallClock } from './window.ts'

describe('S31 daylight saving in Warsaw', () => {
  test('31 Oct 2027 02:30 happens twice: both are shown with their offset, and either can be chosen', () => {
    const twice = wallClock('2027-10-31T02:30', 'Europe/Warsaw')
    expect(twice).toMatchObject({ ok: false, refusal: { code: 'time_is_ambiguous', facts: { offsets: ['+02:00', '+01:00'] } } })
    expect(wallClock('2027-10-31T02:30', 'Europe/Warsaw', '+02:00')).toEqual({ ok: true, at: '2027-10-31T00:30:00.000Z' })
    expect(wallClock('2027-10-31T02:30', 'Europe/Warsaw', '+01:00')).toEqual({ ok: true, at: '2027-10-31T01:30:00.000Z' })
    expect(!twice.ok && refusalWords(twice.refusal, { locale: 'pl', timeZone: 'Europe/Warsaw' }).why).toContain('dwa razy')
  })

  test('28 Mar 2027 02:30 does not exist and is refused, whatever offset is claimed', () => {
    for (const offset of [undefined, '+01:00', '+02:00']) {
      expect(wallClock('2027-03-28T02:30', 'Europe/Warsaw', offset)).toMatchObject({
        ok: false,
        refusal: { code: 'time_does_not_exist' },
      })
    }
  })

  test('any other time is one instant, and an offset that is not its own is refused nowhere it is not needed', () => {
    expect(wallClock('2027-07-01T22:00', 'Europe/Warsaw')).toEqual({ ok: true, at: '2027-07-01T20:00:00.000Z' })
    expect(wallClock('2027-10-31T02:30', 'Europe/Warsaw', '+05:00')).toMatchObject({ ok: false })
  })
})

test('S30 the same wall clock in Lisbon and Warsaw are different instants', () => {
  expect(wallClock('2027-01-10T22:00', 'Europe/Lisbon')).toEqual({ ok: true, at: '2027-01-10T22:00:00.000Z' })
  expect(wallClock('2027-01-10T22:00', 'Europe/Warsaw')).toEqual({ ok: true, at: '2027-01-10T21:00:00.000Z' })
})

test('a window is read from both its ends', () => {
  const read = readWindow({
    from: '2027-10-30T23:00',
    until: '2027-10-31T02:30',
    untilOffset: '+01:00',
    timeZone: 'Europe/Warsaw',
    atEnd: 'abort',
  })
  expect(read).toEqual({
    ok: true,
    window: {
      kind: 'at',
      at: '2027-10-30T21:00:00.000Z',
      until: '2027-10-31T01:30:00.000Z',
      timeZone: 'Europe/Warsaw',
      atEnd: 'abort',
    },
  })
})

test.each(['', 'tomorrow', '2027-02-30T10:00', '2027-01-01T25:00', "'; drop table"])('%j is no time', (typed) => {
  expect(wallClock(typed, 'Europe/Warsaw')).toMatchObject({ ok: false, refusal: { code: 'invalid_input' } })
  expect(wallClock('2027-01-01T10:00', typed)).toMatchObject({ ok: false, refusal: { code: 'invalid_input' } })
})
