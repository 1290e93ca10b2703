// The server is a test tool of the whole repository, and the tools have no package name to import them by.
/* eslint-disable @nx/enforce-module-boundaries -- see above */
export { bytesOf, md5OfAttributes, type BatchEntry } from '../../../../tools/sqs-server/sqs-message';
export type { ReceivedCall, Reply } from '../../../../tools/mail-servers/provider-server';
export { sqsError, SqsServer, throttled, type SqsQueue } from '../../../../tools/sqs-server/sqs-server';
