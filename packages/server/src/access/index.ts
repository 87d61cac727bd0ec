export { createAccess, type Access, type BootstrapOffer } from './access.ts'
export { addAccessRoutes } from './access-routes.ts'
