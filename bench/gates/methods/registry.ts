import { headgate } from './headgate.ts'
import type { Method } from './method.ts'
import { oracle } from './oracle.ts'

const methods: readonly Method[] = [headgate, oracle]

export function methodById(id: string): Method {
  const method = methods.find((each) => each.id === id)
  if (method === undefined) throw new Error(`there is no method ${id}`)
  return method
}
