// The mock is a test tool of the whole repository, and the tools have no package name to import them by.
/* eslint-disable @nx/enforce-module-boundaries -- see above */
export { WrittenLog, type EventLog } from '../../../../tools/mailgun-mock/event-log';
export { GeneratedLog } from '../../../../tools/mailgun-mock/generated-log';
export { MailgunMock } from '../../../../tools/mailgun-mock/mailgun-mock';
export { truthOf, type MailTruth, type MockEvent } from '../../../../tools/mailgun-mock/mock-event';
