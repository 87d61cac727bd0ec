import type { Scenario } from '../scenario.ts'
import { blind } from './blind.ts'
import { controlPlaneLoss } from './control-plane-loss.ts'
import { healthy } from './healthy.ts'
import { lowTraffic } from './low-traffic.ts'
import { apiErrors, checkoutEdge, latency, priceMismatch } from './stopped-by-harm.ts'

export const scenarios: readonly Scenario[] = [
  healthy,
  checkoutEdge,
  apiErrors,
  latency,
  priceMismatch,
  blind,
  lowTraffic,
  controlPlaneLoss,
]
