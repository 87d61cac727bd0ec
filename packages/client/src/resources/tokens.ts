import {
  createdToken,
  tokenList,
  type CreatedToken,
  type CreateTokenRequest,
  type TokenView,
} from '@headgate/protocol/api'
import { get, post, type CallOptions, type Exchange } from '../exchange.ts'

export interface TokensClient {
  list(options?: CallOptions): Promise<readonly TokenView[]>
  create(request: CreateTokenRequest, options?: CallOptions): Promise<CreatedToken>
  revoke(id: string, options?: CallOptions): Promise<void>
}

export function tokensClient(exchange: Exchange): TokensClient {
  return {
    list: async (call) => (await exchange.json(get('/api/v1/tokens', call), tokenList)).tokens,
    create: async (request, call) => await exchange.json(post('/api/v1/tokens', request, call), createdToken),
    revoke: async (id, call) =>
      await exchange.nothing({
        ...get(`/api/v1/tokens/${encodeURIComponent(id)}`, call),
        method: 'DELETE',
        repeatable: true,
      }),
  }
}
