import { Gauge, type Registry } from 'prom-client'
import type { Database } from './database.ts'

export function databaseMetrics(registry: Registry, database: Pick<Database, 'connections'>): void {
  const connections: Gauge<'state'> = new Gauge({
    name: 'headgate_database_connections',
    help: 'Pooled connections, and requests that wait for one',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { total, idle, waiting } = database.connections()
      connections.set({ state: 'busy' }, total - idle)
      connections.set({ state: 'idle' }, idle)
      connections.set({ state: 'waiting' }, waiting)
    },
  })
}
