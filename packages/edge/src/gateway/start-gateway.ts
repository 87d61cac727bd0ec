import { randomUUID } from 'node:crypto'
import type { GatewayConfig, ListenAddress } from './gateway-config.ts'
import { Gateway } from './gateway.ts'
import { openState, type GatewaySurroundings } from './gateway-state.ts'

export interface RunningGateway {
  readonly address: ListenAddress
  /** Base URL of the public listener. */
  readonly url: string
  /** Base URL of health, readiness and metrics. */
  readonly adminUrl: string | undefined
  /** This run of the gateway, as its batches carry it. */
  readonly source: string
  /** Version of the snapshot in effect; 0 before the first. */
  version(): number
  /** Resolves when this version or a newer one is in effect; rejects when the signal aborts first. */
  waitForVersion(version: number, signal?: AbortSignal): Promise<void>
  /** For the process's own handler of uncaught errors: counted and logged, and the gateway goes on. */
  reportUncaught(error: unknown): void
  /** Stops accepting, finishes what is under way, sends what was counted. Safe to call twice. */
  close(): Promise<void>
}

/**
 * Starts a gateway and resolves once it listens; it serves as soon as it has a snapshot (from disk at once, else 503 until
 * the control plane has sent one). Throws `INVALID_INPUT` for an unusable configuration, `SNAPSHOT_REFUSED` for an unusable
 * snapshot file, `CONFLICT` when an address or the control socket is taken.
 */
export async function startGateway(config: GatewayConfig, surroundings: GatewaySurroundings): Promise<RunningGateway> {
  const source = randomUUID()
  const gateway = new Gateway(config, surroundings, await openState(config, surroundings, source), source)
  try {
    await gateway.open()
  } catch (error) {
    await gateway.close()
    throw error
  }
  return gateway
}
