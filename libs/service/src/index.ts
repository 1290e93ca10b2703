export { appLogger, type Runtime } from './runtime';
export { type ServiceJobs } from './service-jobs';
export { serviceModules, type ServiceConfig, type ServiceParts } from './service-modules';
export { serviceVariables } from './service-variables';
export { createService, startService, type ServiceModule, type ServiceProgram } from './start-service';
