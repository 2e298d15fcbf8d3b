import { join, resolve } from 'node:path'

/** What the desk under test is started with, and each command that is run beside it. Its repository of archives is made by whoever needs one. */
export function demoEnvironment() {
  const dataDir = process.env.DATA_DIR || '.data/e2e'
  const beside = resolve(`${dataDir}-restic`)
  return {
    DATA_DIR: dataDir,
    RESTIC_REPOSITORY: join(beside, 'repository'),
    RESTIC_PASSWORD_FILE: join(beside, 'password'),
    RESTIC_CACHE_DIR: join(beside, 'cache'),
  }
}
