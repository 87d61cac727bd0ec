export { canonicalJson } from './canonical-json.ts'
export {
  chainEntry,
  chainStart,
  endChain,
  followChain,
  genesisHash,
  verifyChain,
  type ChainCheck,
  type ChainEntry,
  type ChainPlace,
  type Sha256,
} from './chain.ts'
