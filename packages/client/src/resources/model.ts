import {
  findingList,
  modelView,
  type ApplyModelRequest,
  type FindingView,
  type ModelView,
} from '@headgate/protocol/api'
import { get, post, type CallOptions, type Exchange } from '../exchange.ts'

export interface ModelClient {
  get(options?: CallOptions): Promise<ModelView>
  apply(request: ApplyModelRequest, options?: CallOptions): Promise<ModelView>
  findings(options?: CallOptions): Promise<readonly FindingView[]>
}

export function modelClient(exchange: Exchange): ModelClient {
  return {
    get: async (call) => await exchange.json(get('/api/v1/model', call), modelView),
    apply: async (request, call) =>
      await exchange.json({ ...post('/api/v1/model', request, call), method: 'PUT', repeatable: true }, modelView),
    findings: async (call) => (await exchange.json(get('/api/v1/model/findings', call), findingList)).findings,
  }
}
