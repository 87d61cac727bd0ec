export { addSightRoutes } from './sight-routes.ts'
export { createSight, type SightService } from './sight.ts'
