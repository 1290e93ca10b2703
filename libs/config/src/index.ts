export { ConfigError } from './config.error';
export type { ConfigProblem } from './config.error';
export { describeConfig } from './describe-config';
export { commaList, describeField, flag, integer, logLevel, milliseconds, port, secret, url } from './fields';
export type { FieldNote, IntegerOptions, LogLevel } from './fields';
export { loadConfig, loadConfigOrExit } from './load-config';
export type { Environment, ExitDoors } from './load-config';
