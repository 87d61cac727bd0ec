import type { OperatingModel } from '@headgate/core/model'
import type { KnownFlow, KnownRoute, Traffic } from '@headgate/core/sight'
import { milliseconds, parseFraction } from './scalars.ts'
import type { FlowTrafficFile, RouteTrafficFile, TrafficFile } from './traffic-schema.ts'

type DeclaredFlow = NonNullable<OperatingModel['flows'][string]['traffic']>
type DeclaredRoute = NonNullable<OperatingModel['routes'][string]['traffic']>

export function toFlowTraffic({ perMinute, delay, items }: FlowTrafficFile): DeclaredFlow {
  const known = Object.entries(items ?? {}).map(([id, item]) => {
    return [id, { share: parseFraction(item.share) ?? 0, ...toDelay(item.delay) }] as const
  })
  return { perMinute, ...toDelay(delay), ...(items === undefined ? {} : { items: Object.fromEntries(known) }) }
}

function toDelay(delay: FlowTrafficFile['delay']): Pick<DeclaredFlow, 'medianDelayMs' | 'p95DelayMs'> {
  if (delay === undefined) return {}
  return { medianDelayMs: milliseconds(delay.median, 0), p95DelayMs: milliseconds(delay.p95, 0) }
}

export function toRouteTraffic({ perMinute, errors, latency }: RouteTrafficFile): DeclaredRoute {
  const errorShare = errors === undefined ? undefined : parseFraction(errors)
  return {
    perMinute,
    ...(errorShare === undefined ? {} : { errorShare }),
    ...(latency === undefined
      ? {}
      : { medianLatencyMs: milliseconds(latency.median, 0), p95LatencyMs: milliseconds(latency.p95, 0) }),
  }
}

/** The domain form of a file that {@link trafficFileSchema} accepted. */
export function toTraffic({ flows = {}, routes = {}, visitorsPerMinute }: TrafficFile): Traffic {
  return {
    origin: 'stated',
    flows: Object.fromEntries(Object.entries(flows).map(([id, flow]) => [id, toKnownFlow(flow)])),
    routes: Object.fromEntries(
      Object.entries(routes).map(([id, route]): [string, KnownRoute] => [id, toRouteTraffic(route)]),
    ),
    ...(visitorsPerMinute === undefined ? {} : { visitorsPerMinute }),
  }
}

function toKnownFlow({ averageOrder, paths = {}, ...traffic }: NonNullable<TrafficFile['flows']>[string]): KnownFlow {
  const known = Object.entries(paths).map(([id, path]) => {
    const figures = Object.entries(path).flatMap(([name, value]) => {
      const parsed = parseFraction(value)
      return parsed === undefined ? [] : [[name, parsed] as const]
    })
    return [id, Object.fromEntries(figures)] as const
  })
  return {
    ...toFlowTraffic(traffic),
    ...(averageOrder === undefined ? {} : { averageOrder }),
    paths: Object.fromEntries(known),
  }
}
