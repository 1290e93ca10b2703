export { brokerTlsOf, brokerVariables, checkBrokerTls } from './broker-variables';
export type { BrokerTls, BrokerTlsConfig } from './broker-variables';
export {
  commonVariables,
  daemonDelayOf,
  instanceOrgName,
  isTelemetryOn,
  poolSize,
  replicaId,
} from './common-variables';
export type { CommonConfig, DaemonConfig, NodeEnvironment } from './common-variables';
export { ConfigError } from './config.error';
export type { ConfigProblem } from './config.error';
export { credentialNamesOf, withCredentials } from './credentials';
export { describeConfig } from './describe-config';
export { commaList, describeField, flag, integer, logLevel, milliseconds, namedAs, namesOf, noteOf } from './fields';
export { port, secret, url } from './fields';
export { mttVariables } from './mtt-variables';
export type { FieldNote, IntegerOptions, LogLevel } from './fields';
export { loadConfig, loadConfigOrExit } from './load-config';
export type { Environment, ExitDoors } from './load-config';
export { tracingVariables } from './tracing-variables';
export { isSecret, variablesOf } from './variables';
