export { addAuditRoutes } from './audit-routes.ts'
export { verifyRelease } from './verify.ts'
