import { runService } from '../service/process.ts'
import { crawlersConfig, startCrawlers } from './service.ts'

await runService('crawlers', crawlersConfig, startCrawlers)
