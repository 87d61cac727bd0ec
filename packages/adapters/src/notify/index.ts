export { createNotifier, notifierKinds, type NotifierDeps } from './registry.ts'
