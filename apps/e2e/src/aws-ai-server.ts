// The server is a test tool of the whole repository, and the tools have no package name to import them by.
// eslint-disable-next-line @nx/enforce-module-boundaries -- see above
export { AwsAiServer } from '../../../tools/aws-ai-server/aws-ai-server';
