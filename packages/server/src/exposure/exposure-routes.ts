import { acknowledgement, gatewayList, localStopReport } from '@headgate/protocol/api'
import { signedSnapshot } from '@headgate/protocol/snapshot'
import { z } from 'zod'
import type { Api } from '../http/index.ts'
import type { ExposureService } from './exposure.ts'

const tag = 'exposure'
const longestWaitSeconds = 25

export function addExposureRoutes(api: Api, exposure: ExposureService): void {
  addSnapshotRoute(api, exposure)
  addGatewayReports(api, exposure)
  addGatewayViews(api, exposure)
}

const snapshotQuery = z.object({
  after: z.coerce.number().int().min(0).default(0).describe('Version that the gateway holds'),
  wait: z.coerce.number().int().min(0).max(longestWaitSeconds).default(0).describe('Seconds to wait for a newer one'),
})

function addSnapshotRoute(api: Api, exposure: ExposureService): void {
  api.route(
    {
      method: 'get',
      path: '/api/v1/gateway/snapshot',
      summary: 'The newest signed snapshot, as soon as there is one newer than `after`',
      tag,
      access: ['gateway'],
      query: snapshotQuery,
      answer: { status: 200, description: 'The snapshot; 204 when there is no newer one', schema: signedSnapshot },
    },
    async ({ query, signal, context }) => {
      const patience = AbortSignal.timeout(query.wait * 1_000)
      const newer = await exposure.feed.newerThan(query.after, AbortSignal.any([signal, patience]))
      if (newer === undefined) return context.body(null, 204)
      const { keyId, payload, signature } = newer
      return { keyId, payload, signature }
    },
  )
}

function addGatewayReports(api: Api, exposure: ExposureService): void {
  api.route(
    {
      method: 'post',
      path: '/api/v1/gateway/acknowledgements',
      summary: 'A gateway says which snapshot it obeys now',
      tag,
      access: ['gateway'],
      body: acknowledgement,
      answer: { status: 204, description: 'Noted' },
      problems: ['CONFLICT'],
    },
    async ({ body, principal }) => {
      await exposure.acknowledge(body, principal)
    },
  )
  api.route(
    {
      method: 'post',
      path: '/api/v1/gateway/local-stops',
      summary: 'A gateway reports a stop that was commanded at itself; repeats do nothing',
      tag,
      access: ['gateway'],
      body: localStopReport,
      answer: { status: 204, description: 'The release is stopping everywhere' },
      problems: ['NOT_FOUND', 'ILLEGAL_TRANSITION'],
    },
    async ({ body, principal }) => {
      await exposure.reportLocalStop(body, principal)
    },
  )
}

const publicKeys = z.object({
  keys: z.array(z.object({ keyId: z.string(), publicKey: z.string().describe('Ed25519, SPKI DER, base64url') })),
})

function addGatewayViews(api: Api, exposure: ExposureService): void {
  api.route(
    {
      method: 'get',
      path: '/api/v1/keys',
      summary: 'Public keys that snapshots are signed with',
      tag,
      access: ['gateway', 'read'],
      answer: { status: 200, description: 'Keys', schema: publicKeys },
    },
    async () => ({ keys: [...(await exposure.listKeys())] }),
  )
  api.route(
    {
      method: 'get',
      path: '/api/v1/gateways',
      summary: 'Gateways, whether they are live, and which snapshot they obey',
      tag,
      access: ['read'],
      answer: { status: 200, description: 'Gateways', schema: gatewayList },
    },
    async () => ({ gateways: [...(await exposure.gateways())] }),
  )
  api.route(
    {
      method: 'delete',
      path: '/api/v1/gateways/{id}',
      summary: 'Forget a gateway that was taken out of service, so that nothing waits for its confirmation',
      tag,
      access: ['act'],
      params: z.object({ id: z.string() }),
      answer: { status: 204, description: 'Forgotten' },
      problems: ['NOT_FOUND', 'CONFLICT'],
    },
    async ({ params }) => {
      await exposure.forgetGateway(params.id)
    },
  )
}
