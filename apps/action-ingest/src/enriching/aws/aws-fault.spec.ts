import { CallFault } from '@groundswell/http';
import { ProviderFault, ProviderRefusal } from '../provider.error';
import { awsFault } from './aws-fault';

const anError = (name: string, httpStatusCode?: number): Error =>
  Object.assign(new Error('Value "my name is Harald" at text'), { name, $metadata: { httpStatusCode } });

it.each([
  ['UnsupportedLanguagePairException', 400, 'unsupported_language'],
  ['TextSizeLimitExceededException', 400, 'source_too_large'],
  ['ImageTooLargeException', 400, 'source_too_large'],
  ['InvalidImageFormatException', 400, 'unsupported_source'],
  ['ValidationException', 400, 'refused'],
])('%s is for good: %s %s', (name, status, reason) => {
  const fault = awsFault(anError(name, status));
  expect(fault).toBeInstanceOf(ProviderRefusal);
  expect(fault).toMatchObject({ reason, detail: name });
  expect(fault.message).not.toContain('Harald');
});

it.each([
  ['ThrottlingException', 400, false],
  ['TooManyRequestsException', 400, false],
  ['LimitExceededException', 400, false],
  ['ProvisionedThroughputExceededException', 400, false],
  ['UnrecognizedClientException', 400, false],
  ['AccessDeniedException', 403, false],
  ['Forbidden', 403, false],
  ['InternalFailure', 500, false],
  ['ServiceUnavailable', 503, false],
  // An answer that nobody can read.
  ['SyntaxError', 200, true],
  ['TypeError', undefined, true],
])('%s may pass: %s, paid %s', (name, status, isPaid) => {
  const fault = awsFault(anError(name, status));
  expect(fault).toBeInstanceOf(ProviderFault);
  expect(fault).toMatchObject({ message: name, isPaid });
});

it.each([
  ['not-sent', false],
  ['misconfigured', false],
  ['unknown', true],
] as const)('a call that came to no answer, %s: paid %s', (kind, isPaid) => {
  expect(awsFault(new CallFault({ kind, error: 'no answer within 8000 ms' }))).toMatchObject({
    message: 'no answer within 8000 ms',
    isPaid,
  });
});
