import { program, runProgram } from './command.ts'
import { declareAdd } from './portal/add.ts'
import { declareList } from './portal/list.ts'

const portal = program('portal', 'Portals of the desk: register an existing PostgreSQL database, or list what there is')
declareAdd(portal)
declareList(portal)
await runProgram(portal)
