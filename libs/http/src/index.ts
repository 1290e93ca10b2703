export { AwsRequestHandler, CallFault } from './aws-request-handler';
export { cleanError } from './error-text';
export { answerTooLarge, isSuccess } from './http-call';
export type { Answered, CallResult, HttpCall, HttpSettings } from './http-call';
export { HttpCaller } from './http-caller';
export { isPublicAddress, lookUpPublic, PrivateAddressError, publicLookup } from './public-address';
export { retryAfterMs } from './retry-after';
