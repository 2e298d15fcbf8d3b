import { expect, test } from 'vitest'
import { ticketStates } from '#lib/domain/machine-context.ts'
import { restoreMachine } from '#lib/domain/restore-machine.ts'
import { machineArrows, machinePlaces } from './machine-map.ts'

test('the drawing has a place for each state of the machine, and no two at one', () => {
  expect(Object.keys(machinePlaces).sort()).toEqual(Object.keys(restoreMachine.states).sort())
  expect(new Set(Object.values(machinePlaces).map(({ column, row }) => `${column}/${row}`)).size).toBe(ticketStates.length)
})

test('the arrows are the definition’s: the usual path, the upgrade, the way back', () => {
  const arrows = machineArrows().map(({ from, to }) => `${from} → ${to}`)
  expect(arrows).toEqual(
    expect.arrayContaining([
      'submitted → verifyingOwner',
      'verifyingOwner → checkingPlan',
      'checkingPlan → awaitingUpgrade',
      'awaitingUpgrade → awaitingApproval',
      'awaitingApproval → scheduled',
      'scheduled → restoring',
      'restoring → restored',
      'restoring → restoreFailed',
      'restored → undoing',
      'undoing → undone',
    ]),
  )
  expect(arrows).not.toContain('closed → restoring')
})
