export { readConfig, type ServerConfig, type ServerFlags } from './config.ts'
export { startServer, type BootstrapLink, type RunningServer, type ServerSurroundings } from './main.ts'
