import { program, runProgram } from './command.ts'
import { declareCapture } from './snapshot/capture.ts'
import { declareCompare } from './snapshot/compare.ts'
import { declareList } from './snapshot/list.ts'
import { declareRestore } from './snapshot/restore.ts'
import { declareSearch } from './snapshot/search.ts'
import { declareUndo } from './snapshot/undo.ts'

const snapshot = program('snapshot', 'What the desk does to snapshots, by hand: same code, same log, same safety')
for (const declare of [declareCapture, declareList, declareCompare, declareSearch, declareRestore, declareUndo]) declare(snapshot)
await runProgram(snapshot)
