import { runService } from '../service/process.ts'
import { legacyConfig, startLegacy } from './service.ts'

await runService('storefront-legacy', legacyConfig, startLegacy)
