import { Command } from 'commander'
import { benchDifference } from './difference.ts'
import { benchKillSweep, everyOperation } from './kill-sweep.ts'
import { benchRestore } from './restore.ts'

const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`a whole number above 0 is needed, not ${text}`)
  return value
}

const program = new Command('bench').description('Measures what portals notice; writes bench/results/*.json and a table.')
program
  .command('restore')
  .description('captures, crm in place and full by swap under a reader and a writer')
  .option('--rows <n>', 'rows of the portal', whole, 2_000_000)
  .option('--moved <n>', 'rows to move in each restore', whole, 2_000)
  .option('--runs <n>', 'restores of each way', whole, 20)
  .option('--large-gb <n>', 'size of the large portal that is swapped, too; 0 for none', Number, 8)
  .action((options: { rows: number; moved: number; runs: number; largeGb: number }) => benchRestore(options))
program
  .command('difference')
  .description('each way to compare beside the oracle, and whether they agree after random histories')
  .option('--rows <n>', 'rows of each of the two tables', whole, 2_000_000)
  .option('--runs <n>', 'comparisons', whole, 5)
  .option('--histories <n>', 'random histories', whole, 500)
  .action((options: { rows: number; runs: number; histories: number }) => benchDifference(options))
program
  .command('kill-sweep')
  .description('kills workers and servers at every boundary, and looks at what is left')
  .option('--rounds <n>', 'kills in all', whole, 200)
  .option('--server <n>', 'every n-th kill takes the server instead of the worker; 1000000 for never', whole, 5)
  .option('--only <operations>', `some of ${everyOperation.join(',')}`)
  .option('--at <boundaries>', 'only these boundaries')
  .action(({ rounds, server, only, at }: { rounds: number; server: number; only?: string; at?: string }) =>
    benchKillSweep({
      rounds,
      server,
      at: at?.split(',') ?? null,
      only: everyOperation.filter((one) => only === undefined || only.split(',').includes(one)),
    }),
  )
await program.parseAsync()
