export { addIncidentRoutes } from './incident-routes.ts'
export { createIncidents, type IncidentDeps, type IncidentService } from './incidents.ts'
export {
  insertIncident,
  listIncidents,
  noteStopInEffect,
  openIncidentsOn,
  type OpenIncident,
} from './incident-store.ts'
