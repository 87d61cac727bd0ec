import { runService } from '../service/process.ts'
import { erpConfig, startErp } from './service.ts'

await runService('erp', erpConfig, startErp)
