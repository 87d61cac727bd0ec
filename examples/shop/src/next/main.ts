import { runService } from '../service/process.ts'
import { nextConfig, startNext } from './service.ts'

await runService('storefront-next', nextConfig, startNext)
