import type { AccessTables } from './tables/access.ts'
import type { ExposureTables } from './tables/exposure.ts'
import type { IncidentTables } from './tables/incidents.ts'
import type { ModelTables } from './tables/model.ts'
import type { ReleaseTables } from './tables/releases.ts'
import type { SignalsTables } from './tables/signals.ts'
import type { WorkTables } from './tables/work.ts'

/** Every table by name; a slice adds its own in `tables/<slice>.ts`. */
export interface Tables
  extends AccessTables, ExposureTables, SignalsTables, WorkTables, ModelTables, ReleaseTables, IncidentTables {}
