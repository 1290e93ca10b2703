import { hashPassword, verifyAgainstNothing, verifyPassword } from '@groundswell/crypto';
import { unavailable } from '../api/api-error';
import { WorkGate } from './work-gate';

const retrySeconds = 5;
/** A check takes a quarter of a second of this one core, in slices: more at once would only starve signing. */
const atOnce = 1;
const waiting = 20;

/** Makes and checks password hashes, one at a time. */
export class PasswordWork {
  private readonly gate = new WorkGate(atOnce, waiting, () => unavailable(retrySeconds));

  /** Without a hash, as for an unknown user, false after the same work. */
  verify(password: string, storedHash: string | null): Promise<boolean> {
    return this.gate.run(() =>
      storedHash === null ? verifyAgainstNothing(password) : verifyPassword(password, storedHash),
    );
  }

  hash(password: string): Promise<string> {
    return this.gate.run(() => hashPassword(password));
  }
}
