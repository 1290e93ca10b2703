import { reasonForLog } from './reason-for-log';

it.each([
  ['550 5.1.1 <harald@example.org> Harald Bower is unknown here', '550 5.1.1'],
  ['451-4.7.1 Harald, try later', '451-4.7.1'],
  ['421 busy', '421'],
  ['only the copies were taken: 550 5.1.1 no Harald', 'only the copies were taken: 550 5.1.1'],
  ['HTTP 400: invalid: Harald Bower is no address', 'HTTP 400'],
  ['HTTP 503', 'HTTP 503'],
  ['erased', 'erased'],
  ['no answer within 5000 ms', 'no answer within 5000 ms'],
  ['connect ECONNREFUSED 127.0.0.1:25', 'connect ECONNREFUSED 127.0.0.1:25'],
  ['mail cannot be composed: harald@example.org', 'mail cannot be composed: …@…'],
  [null, null],
])('of %j the log has %j', (error, reason) => expect(reasonForLog(error)).toBe(reason));
