import { Hono } from 'hono'
import { erpChannelRoutes, type ErpChannel } from '../erp/channel-routes.ts'
import { faultRoutes, type FaultName, type FaultSwitches } from './faults.ts'

/** What a service offers to the lab and its neighbours, away from shoppers: health, fault switches, the ERP's side. */
export function createInternalApp(faults: FaultSwitches, offered: readonly FaultName[], erp?: ErpChannel): Hono {
  const app = new Hono().get('/healthz', (c) => c.json({ status: 'ok' }))
  app.route('/_faults', faultRoutes(faults, offered))
  if (erp !== undefined) app.route('/erp', erpChannelRoutes(erp))
  return app
}
