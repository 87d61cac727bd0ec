import { runService } from '../service/process.ts'
import { commerceConfig, startCommerce } from './service.ts'

await runService('commerce-api', commerceConfig, startCommerce)
