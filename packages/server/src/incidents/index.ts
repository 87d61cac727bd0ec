export { addIncidentRoutes } from './incident-routes.ts'
export { createIncidents, type IncidentDeps, type IncidentService } from './incidents.ts'
export { domainsTouchedBy, mayHandle } from './incident-rights.ts'
export {
  findIncident,
  insertIncident,
  listIncidents,
  noteStopInEffect,
  openIncidentsOn,
  setIncidentLesson,
  type FoundIncident,
  type OpenIncident,
} from './incident-store.ts'
