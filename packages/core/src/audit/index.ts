export { canonicalJson } from './canonical-json.ts'
export { chainEntry, genesisHash, verifyChain, type ChainCheck, type ChainEntry, type Sha256 } from './chain.ts'
