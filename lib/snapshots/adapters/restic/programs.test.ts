import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findPrograms } from './programs.ts'

const home = mkdtempSync(join(tmpdir(), 'restore-desk-programs-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

test.each([
  ['S120 a release whose dumps run code where they are loaded is not used', ['15.13'], null],
  ['the first one without that hole is', ['15.14'], '15.14'],
  ['a newer version writes what this server need not understand', ['17.6', '18.4'], null],
  ['an older one cannot read it', ['14.23'], null],
  ['among several the safe one of its version', ['17.6', '15.2', '15.18'], '15.18'],
])('%s', async (_, versions, used) => {
  const found = await findPrograms(150_018, versions.map(makePrograms))
  expect(found.ok ? found.programs.version : null).toBe(used)
})

test('what is missing is named, with what was seen and how to get it', async () => {
  const directory = makePrograms('15.13')
  expect(await findPrograms(150_018, [directory])).toEqual({
    ok: false,
    refusal: {
      code: 'programs_missing',
      facts: {
        needed: 'pg_dump and pg_restore 15.14 or a later 15',
        seen: [`15.13 in ${directory}`],
        how: 'install the package postgresql-client-15, or put their directory on the PATH',
      },
    },
  })
})

/** Programs that can only say their version, which is all that choosing them asks. */
function makePrograms(version: string): string {
  const directory = mkdtempSync(join(home, 'bin-'))
  for (const name of ['pg_dump', 'pg_restore']) {
    writeFileSync(join(directory, name), `#!/bin/sh\necho "${name} (PostgreSQL) ${version} (Debian ${version}-0+deb12u1)"\n`)
    chmodSync(join(directory, name), 0o755)
  }
  return directory
}
