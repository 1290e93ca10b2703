import { RpcTimeoutError } from './requests/rpc.error';
import { isTransient, TransientError } from './transient.error';

it.each([
  ['a TransientError', new TransientError('database away'), true],
  ['a timeout of a request', new RpcTimeoutError('r', 1), true],
  ['what a socket throws', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), true],
  ['a violated index', Object.assign(new Error('duplicate key'), { code: '23505' }), false],
  ['a bug', new TypeError('cannot read'), false],
  ['a thrown text', 'text', false],
  ['nothing', undefined, false],
])('%s', (_case, error, expected) => {
  expect(isTransient(error)).toBe(expected);
});
