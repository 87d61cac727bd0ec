export {
  createClient,
  type CallOptions,
  type Client,
  type ClientOptions,
  type EventPage,
  type IncidentsClient,
  type ModelClient,
  type ReleasesClient,
  type TokensClient,
} from './client.ts'
export { backoffMs, parseBaseUrl, pauseFor, type Pause } from './transport.ts'
export type { WatchEvent, WatchOptions } from './watch.ts'
