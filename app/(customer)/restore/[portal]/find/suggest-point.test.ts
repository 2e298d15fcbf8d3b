import { expect, test } from 'vitest'
import { suggestPoint, vanishedBetween, type Wanted } from './suggest-point.ts'

const points = ['thu', 'wed', 'tue', 'mon']
const gone = (presentIn: string[], inCrm = true): Wanted => ({ live: false, presentIn, changedSince: null, inCrm })
const there = (changedSince: string | null): Wanted => ({ live: true, presentIn: points, changedSince, inCrm: true })

test.each<[string, Wanted[], ReturnType<typeof suggestPoint>]>([
  ['the newest that has it', [gone(['wed', 'tue'])], { pointId: 'wed', has: 1, all: 1, scope: 'crm' }],
  ['the newest that has both', [gone(['wed', 'tue']), gone(['tue', 'mon'])], { pointId: 'tue', has: 2, all: 2, scope: 'crm' }],
  [
    'of two that no point has together, the newer',
    [gone(['mon']), gone(['wed'])],
    { pointId: 'wed', has: 1, all: 2, scope: 'crm' },
  ],
  [
    'all of the portal, as soon as one is no CRM record',
    [gone(['wed']), gone(['wed'], false)],
    { pointId: 'wed', has: 2, all: 2, scope: 'full' },
  ],
  ['what a changed one was like before', [there('tue')], { pointId: 'tue', has: 1, all: 1, scope: 'crm' }],
  ['nothing for what is as it was', [there(null)], null],
  ['nothing for what no point has', [gone([])], null],
  ['nothing where nothing is wanted', [], null],
])('suggested is %s', (_, wanted, expected) => {
  expect(suggestPoint(wanted, points)).toEqual(expected)
})

test.each([
  [['tue', 'mon'], [], { from: 'tue', to: 'wed' }],
  [['tue', 'mon'], ['wed'], { from: 'tue', to: 'thu' }],
  [points, [], { from: 'thu', to: null }],
  [['wed'], ['thu'], { from: 'wed', to: null }],
  [[], [], null],
])('S28 a record of %o, unknown in %o, vanished between %o', (presentIn, unknownIn, expected) => {
  expect(vanishedBetween({ presentIn, unknownIn }, points)).toEqual(expected)
})
