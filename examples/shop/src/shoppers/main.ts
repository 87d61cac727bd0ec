import { runService } from '../service/process.ts'
import { shoppersConfig, startShoppers } from './service.ts'

await runService('shoppers', shoppersConfig, startShoppers)
