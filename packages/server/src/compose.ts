import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { addAccessRoutes, createAccess, type Access } from './access/index.ts'
import type { BackgroundWork } from './background.ts'
import type { ServerConfig } from './config.ts'
import { databaseMetrics, type Database, type Notifications } from './db/index.ts'
import {
  addExposureRoutes,
  createExposure,
  exposureMetrics,
  type ExposureService,
  type Keys,
} from './exposure/index.ts'
import type { Api, ReadinessCheck } from './http/index.ts'
import { addSignalsRoutes, createSignals, signalsMetrics, type SignalsService } from './signals/index.ts'

/** What every slice stands on. */
export interface Foundation {
  readonly config: ServerConfig
  readonly database: Database
  readonly notifications: Notifications
  readonly keys: Keys
  readonly now: () => number
  readonly log: Logger
  readonly registry: Registry
  /** Aborts when the process begins to shut down. */
  readonly closing: AbortSignal
}

/** All slices, wired. The only place that knows more than one of them. */
export interface Composition {
  readonly access: Access
  readonly exposure: ExposureService
  readonly signals: SignalsService
  readonly background: readonly BackgroundWork[]
  readonly readiness: readonly ReadinessCheck[]
  addRoutes(api: Api): void
  /** After migrating, before listening. */
  prepare(): Promise<void>
  close(): Promise<void>
}

export function compose(foundation: Foundation): Composition {
  const { config, database, notifications, keys, now, registry } = foundation
  const { db } = database
  const { gatewaySilentAfterMs } = config
  const access = createAccess(db, now)
  const exposure = createExposure({ db, now, notifications, keys, gatewaySilentAfterMs })
  exposureMetrics(registry, exposure)
  databaseMetrics(registry, database)
  const signals = createSignals({
    db,
    now,
    journeyKey: keys.journeyKey,
    gatewaySilentAfterMs,
    metrics: signalsMetrics(registry, db),
    flows: () => exposure.flows(),
  })
  return {
    access,
    exposure,
    signals,
    background: [{ name: 'prune signals', everyMs: 60 * 60_000, round: async () => void (await signals.prune()) }],
    readiness: [exposure.readiness],
    addRoutes(api) {
      addAccessRoutes(api, access)
      addExposureRoutes(api, exposure)
      addSignalsRoutes(api, signals)
    },
    prepare: () => exposure.registerKeys(config.rotateKeys),
    close: () => exposure.close(),
  }
}
