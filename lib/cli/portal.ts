import { program, runProgram } from './command.ts'
import { declareAdd } from './portal/add.ts'
import { declareErase } from './portal/erase.ts'
import { declareFiles } from './portal/files.ts'
import { declareList } from './portal/list.ts'
import { declarePlan } from './portal/plan.ts'
import { declareProtect } from './portal/protect.ts'
import { declareSecondPlace } from './portal/second-place.ts'
import { declareTransfer } from './portal/transfer.ts'
import { declareWords } from './portal/words.ts'

const portal = program(
  'portal',
  'Portals of the desk: register an existing PostgreSQL database, list what there is, record a plan, say what a restore must not roll back or bring back, where restore points are kept a second time, where the portal keeps its files and what people call the tables, hand over ownership',
)
declareAdd(portal)
declareErase(portal)
declareFiles(portal)
declareList(portal)
declarePlan(portal)
declareProtect(portal)
declareSecondPlace(portal)
declareTransfer(portal)
declareWords(portal)
await runProgram(portal)
