export { RequestServer, type RequestServerOptions } from './request-server';
export { appLogger, type Runtime } from './runtime';
export { type ServiceJobs } from './service-jobs';
export { serviceModules, type ServiceConfig, type ServiceParts } from './service-modules';
export { serviceVariables } from './service-variables';
export { TurnLoop, type TurnLoopOptions } from './turn-loop';
export { createService, startService, type ServiceModule, type ServiceProgram } from './start-service';
