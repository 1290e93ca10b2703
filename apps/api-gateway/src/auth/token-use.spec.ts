import type { CredentialRepository } from './credential.repository';
import { TokenUse } from './token-use';

class FakeCredentials implements Pick<CredentialRepository, 'touchTokens'> {
  readonly touched: number[][] = [];
  fault: Error | null = null;

  touchTokens(tokenIds: readonly number[]): Promise<void> {
    if (this.fault) return Promise.reject(this.fault);
    this.touched.push([...tokenIds]);
    return Promise.resolve();
  }
}

const quiet = (): void => undefined;
const tokenUse = () => {
  const credentials = new FakeCredentials();
  const logger = { error: quiet, warn: quiet, info: quiet, debug: quiet };
  return { credentials, use: new TokenUse(credentials as unknown as CredentialRepository, logger) };
};

it('writes each token once, in order, in one statement', async () => {
  const { credentials, use } = tokenUse();
  for (const id of [20, 3, 20, 100]) use.note(id);
  await use.flush();
  await use.flush();
  expect(credentials.touched).toEqual([[3, 20, 100]]);
});

it('keeps what could not be written for the next time', async () => {
  const { credentials, use } = tokenUse();
  credentials.fault = new Error('database away');
  use.note(1);
  await use.flush();
  use.note(2);
  credentials.fault = null;
  await use.beforeApplicationShutdown();
  expect(credentials.touched).toEqual([[1, 2]]);
});
