import type { SightReport, Traffic } from '@headgate/core/sight'
import { expectTypeOf, test } from 'vitest'
import type { SightView, TrafficView } from './sight-views.ts'

test('what the server computes is what goes over the wire', () => {
  expectTypeOf<SightReport>().toExtend<SightView>()
  expectTypeOf<SightView>().toExtend<SightReport>()
  expectTypeOf<Traffic>().toExtend<TrafficView>()
  expectTypeOf<TrafficView>().toExtend<Traffic>()
})
