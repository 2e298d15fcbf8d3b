import { expect, test } from 'vitest'
import { placeWith } from './place.ts'

const secret = `whsec_${'A'.repeat(32)}`

test.each([
  ['https://backups.example.com/restore-desk', 'backups.example.com'],
  ['https://desk:secret@backups.example.com:8443/restore-desk', 'backups.example.com'],
  ['http://localhost:8200', 'localhost'],
])('R14 a remote at %s is known by its host, and is never claimed to outlive the portal’s server', async (url, name) => {
  const place = await placeWith(() => ({ url, secret, privateNetwork: true }))()
  expect(place).toEqual({ kind: 'remote', name, stands: 'unknown' })
})

test('R14 of a remote that is not configured here nothing is known', async () => {
  expect(await placeWith(() => null)()).toEqual({ kind: 'remote', name: null, stands: 'unknown' })
})
