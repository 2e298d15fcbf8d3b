import { program, runProgram } from './command.ts'
import { declareAdd } from './portal/add.ts'
import { declareList } from './portal/list.ts'
import { declarePlan } from './portal/plan.ts'
import { declareTransfer } from './portal/transfer.ts'

const portal = program(
  'portal',
  'Portals of the desk: register an existing PostgreSQL database, list what there is, record a plan, hand over ownership',
)
declareAdd(portal)
declareList(portal)
declarePlan(portal)
declareTransfer(portal)
await runProgram(portal)
