import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What is tried against programs that npm does not bring is left out where they are not installed, and said. */
const notHere = [
  ...(isInstalled('restic') && existsSync('/usr/lib/postgresql') ? [] : globSync('lib/**/*.test.ts').filter(makesRepository)),
  ...(existsSync('/usr/lib/postgresql')
    ? []
    : globSync('lib/snapshots/**/moment*.test.ts').concat(globSync('lib/snapshots/**/timeline.test.ts'))),
  ...(existsSync('/usr/sbin/sshd') ? [] : ['lib/snapshots/adapters/restic/sftp.test.ts']),
]
if (notHere.length > 0)
  console.log(`Left out, since restic, PostgreSQL's own programs or an SSH server are not installed: ${notHere.join(', ')}`)

/**
 * A clean checkout knows no times of earlier runs, so the largest files would begin first. These are short, since what they try stands
 * elsewhere, and run longest: begun last, the whole run would wait for them alone.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { long = [], other = [] } = Object.groupBy(await super.sort(files), ({ moduleId }) =>
      /\/(conformance|kill-sweep)\.test\.ts$/.test(moduleId) ? 'long' : 'other',
    )
    return [...long, ...other]
  }
}

export default defineConfig({
  test: {
    include: ['{app,bench,db,lib}/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...notHere],
    globalSetup: './db/testing/global.ts',
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // A failed comparison says both values, not only that they differ.
    chaiConfig: { truncateThreshold: 1_000 },
    // Real servers on busy machines: a test that hangs is still found, a slow one is not called broken.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
})

function isInstalled(program: string): boolean {
  return spawnSync(program, ['version']).status === 0
}

function makesRepository(testFile: string): boolean {
  return readFileSync(testFile, 'utf8').includes("testing/repository.ts'")
}
