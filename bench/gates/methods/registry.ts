import { argoRollouts } from './argo-rollouts.ts'
import { flagger } from './flagger.ts'
import { growthbook } from './growthbook.ts'
import { headgate, headgateWithMargin } from './headgate.ts'
import { kayenta } from './kayenta.ts'
import type { Method } from './method.ts'
import { oracle } from './oracle.ts'
import { pathSequences } from './path-sequences.ts'
import { zPaths, zWhole } from './z-test.ts'

const methods: readonly Method[] = [
  headgate,
  headgateWithMargin(0.1),
  headgateWithMargin(0.2),
  oracle,
  flagger,
  argoRollouts,
  kayenta,
  zWhole,
  zPaths,
  growthbook,
  pathSequences,
]

export function methodById(id: string): Method {
  const method = methods.find((each) => each.id === id)
  if (method === undefined) throw new Error(`there is no method ${id}`)
  return method
}
