import { createMetricSource } from '@headgate/adapters/metrics'
import { createNotifier } from '@headgate/adapters/notify'
import { createOutbound } from '@headgate/adapters/outbound'
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
import type { Api, Principal, ReadinessCheck } from './http/index.ts'
import { readModelFolder } from './model-folder.ts'
import { createReleaseControl, type ReleaseControl, type ReleaseControlOptions } from './release-control.ts'
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
  /** Of this Headgate. */
  readonly version: string
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
  const { config, database, notifications, keys, now, log, registry } = foundation
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
  const planes = { db, now, notifications, log, exposure, signals }
  const control = createReleaseControl({
    ...planes,
    ...outsideWorld(foundation),
    random: Math.random,
    version: foundation.version,
  })
  return {
    access,
    exposure,
    signals,
    background: [
      ...control.background,
      { name: 'prune signals', everyMs: 60 * 60_000, round: async () => void (await signals.prune()) },
    ],
    readiness: [exposure.readiness],
    addRoutes(api) {
      addAccessRoutes(api, access)
      addExposureRoutes(api, exposure)
      addSignalsRoutes(api, signals)
      control.addRoutes(api)
    },
    async prepare() {
      await exposure.registerKeys(config.rotateKeys)
      await applyModelFolder(config, control)
    },
    close: () => exposure.close(),
  }
}

/** Adapters, bound to what this process may reach and knows. The only place that imports them. */
function outsideWorld({ config, now, log }: Foundation): Pick<ReleaseControlOptions, 'readMetric' | 'createNotifier'> {
  const secrets = (name: string): string | undefined => config.secrets[name]
  const common = { secrets, now, outbound: createOutbound({ privateTargets: config.privateTargets }) }
  const writeLine = (line: string): void => log.info({ notice: line }, 'notice')
  return {
    readMetric: (source, query, signal) => createMetricSource(source.kind, source.options, common).read(query, signal),
    createNotifier: (kind, options) => createNotifier(kind, options, { ...common, writeLine }),
  }
}

/** Whoever starts the server with a model folder is its operator. */
const operator: Principal = { name: 'headgate serve --model-dir', tokenId: '', scopes: ['admin'] }

async function applyModelFolder({ modelDir }: ServerConfig, control: ReleaseControl): Promise<void> {
  if (modelDir !== undefined) await control.releases.applyModel(readModelFolder(modelDir), operator)
}
