import { join, resolve } from 'node:path'

/** Where the desk under test listens. */
export const deskPort = Number(process.env.E2E_PORT || 3210)
/** Where whoever needs a system behind the http adapter starts one; until then nobody answers there. */
export const remotePort = deskPort + 1

/** What the desk under test is started with, and each command that is run beside it. Its repository of archives is made by whoever needs one. */
export function demoEnvironment() {
  const dataDir = process.env.DATA_DIR || '.data/e2e'
  const beside = resolve(`${dataDir}-restic`)
  return {
    DATA_DIR: dataDir,
    RESTIC_REPOSITORY: join(beside, 'repository'),
    RESTIC_PASSWORD_FILE: join(beside, 'password'),
    RESTIC_CACHE_DIR: join(beside, 'cache'),
    HTTP_ADAPTER_URL: `http://127.0.0.1:${remotePort}`,
    HTTP_ADAPTER_SECRET: `whsec_${Buffer.alloc(32, 'e2e').toString('base64')}`,
    HTTP_ADAPTER_PRIVATE_NETWORK: '1',
  }
}
