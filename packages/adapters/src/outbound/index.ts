export { isPublicAddress } from './address.ts'
export {
  createOutbound,
  type Outbound,
  type OutboundAnswer,
  type OutboundOptions,
  type OutboundRequest,
} from './outbound.ts'
export { resolveSecret, secretName, type Secrets } from './secret.ts'
