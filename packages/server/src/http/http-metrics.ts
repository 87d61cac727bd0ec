import { Gauge, Histogram, type Registry } from 'prom-client'

export interface HttpMetrics {
  begin(): void
  observe(request: {
    readonly method: string
    readonly route: string
    readonly status: number
    readonly seconds: number
  }): void
}

export function httpMetrics(registry: Registry): HttpMetrics {
  const duration = new Histogram({
    name: 'headgate_http_request_seconds',
    help: 'Time to answer, by route pattern; long polls and event streams include their waiting',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2.5, 10, 30],
    registers: [registry],
  })
  const inFlight = new Gauge({
    name: 'headgate_http_requests_in_flight',
    help: 'Requests that are being answered, long polls and event streams included',
    registers: [registry],
  })
  return {
    begin: () => inFlight.inc(),
    observe({ method, route, status, seconds }) {
      inFlight.dec()
      duration.observe({ method, route, status: String(status) }, seconds)
    },
  }
}
