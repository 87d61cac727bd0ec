export { gatewaySettings, readGatewayConfig, type GatewayFlags, type GatewaySetting } from './config.ts'
export {
  defaultLimits,
  defaultPools,
  type GatewayConfig,
  type ListenAddress,
  type SnapshotSource,
} from './gateway/gateway-config.ts'
export type { GatewaySurroundings } from './gateway/gateway-state.ts'
export { startGateway, type RunningGateway } from './gateway/start-gateway.ts'
export type { EdgeLog } from './link/index.ts'
