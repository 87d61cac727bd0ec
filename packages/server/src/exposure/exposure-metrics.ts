import { Gauge, type Registry } from 'prom-client'
import type { ExposureService } from './exposure.ts'

export function exposureMetrics(registry: Registry, exposure: Pick<ExposureService, 'feed' | 'gateways'>): void {
  const gateways: Gauge<'status'> = new Gauge({
    name: 'headgate_gateways',
    help: 'Gateways by whether they were heard lately',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      // Without the database the series are absent rather than wrong.
      const known = await exposure.gateways().catch(() => undefined)
      gateways.reset()
      if (known === undefined) return
      for (const status of ['live', 'silent']) {
        gateways.set({ status }, known.filter((gateway) => gateway.status === status).length)
      }
    },
  })
  const version: Gauge = new Gauge({
    name: 'headgate_snapshot_version',
    help: 'Newest snapshot that this process knows; all processes agree within a second',
    registers: [registry],
    collect: () => version.set(exposure.feed.latest()?.version ?? 0),
  })
}
