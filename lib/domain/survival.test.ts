import { describe, expect, test } from 'vitest'
import { type KnownPoint, secondPlaceOf, survivalOf } from './survival.ts'

const place = (kind: string, stands: 'with_server' | 'apart' | 'unknown', name: string | null = null) => ({ kind, name, stands })
const onServer = place('portal_server', 'with_server')
const vault = place('host', 'apart', 'vault.example.com')
const at = (day: number) => new Date(Date.UTC(2026, 10, day, 2))
const point = (where: KnownPoint['place'], day = 20, state: KnownPoint['state'] = 'ready'): KnownPoint => ({
  state,
  completedAt: state === 'ready' || state === 'bad' ? at(day) : null,
  place: where,
})

describe('R14 a restore point says which disasters it would survive', () => {
  test.each([
    ['on the portal’s server', point(onServer), 'yes', 'yes', 'no'],
    ['in a folder of the same machine', point(place('folder', 'with_server', '/srv/archives')), 'yes', 'yes', 'no'],
    ['in a folder that may be on another machine', point(place('folder', 'unknown', '/mnt/archives')), 'yes', 'yes', 'unknown'],
    ['on another host', point(vault), 'yes', 'yes', 'yes'],
    ['on a host that is the portal’s server', point(place('host', 'with_server', 'db.example.com')), 'yes', 'yes', 'no'],
    ['in a provider’s storage', point(place('service', 'apart', 'Backblaze B2')), 'yes', 'yes', 'yes'],
    ['with a system that keeps it where it likes', point(place('remote', 'unknown', 'backups.example')), 'yes', 'yes', 'unknown'],
    ['where nobody wrote down where it is', point(null), 'yes', 'yes', 'unknown'],
    ['damaged, wherever it is', point(vault, 20, 'bad'), 'no', 'no', 'no'],
  ] as const)('%s', (_, known, records, database, server) => {
    expect(survivalOf(known)).toEqual({ records, database, server })
  })

  test.each(['capturing', 'failed'] as const)('one that is %s is no copy and is told nothing of', (state) => {
    expect(survivalOf(point(onServer, 20, state))).toBeNull()
  })
})

describe('R14 a portal whose restore points would all go with its server is told so', () => {
  test.each([
    ['nothing that can be used', [point(vault, 20, 'bad'), point(vault, 20, 'failed')], { kind: 'none' }],
    ['all on the server', [point(onServer, 19), point(onServer, 20)], { kind: 'one_server' }],
    ['server and a folder beside it', [point(onServer), point(place('folder', 'with_server', '/srv'))], { kind: 'one_server' }],
    ['the only one elsewhere is damaged', [point(onServer), point(vault, 20, 'bad')], { kind: 'one_server' }],
    ['one of which nothing is known', [point(onServer), point(null)], { kind: 'unknown' }],
    [
      'some elsewhere: the newest of those counts, not the newest of all',
      [point(vault, 18), point(vault, 17), point(onServer, 20)],
      { kind: 'second', newest: at(18), place: 'vault.example.com', onlyThere: false },
    ],
    [
      'all elsewhere, in one place',
      [point(vault, 19), point(vault, 20)],
      { kind: 'second', newest: at(20), place: 'vault.example.com', onlyThere: true },
    ],
    [
      'elsewhere in two places',
      [point(vault, 19), point(place('service', 'apart', 'Backblaze B2'), 20)],
      { kind: 'second', newest: at(20), place: 'Backblaze B2', onlyThere: false },
    ],
  ] as const)('%s', (_, points, expected) => {
    expect(secondPlaceOf([...points])).toEqual(expected)
  })
})
