import { AccountCircuit } from './account-circuit';

const settings = { failures: 3, firstPauseMs: 100, longestPauseMs: 350 };

describe('AccountCircuit', () => {
  let now: number;
  let circuit: AccountCircuit;
  beforeEach(() => {
    now = 0;
    circuit = new AccountCircuit(settings, () => now);
  });
  const fail = (times: number) => {
    for (let n = 0; n < times; n += 1) circuit.failed('connection refused');
  };

  it('lets failures pass while there are few in a row', () => {
    fail(2);
    circuit.succeeded();
    fail(2);
    expect(circuit.allowedCalls(4)).toBe(2);
    expect(circuit.fault).toBeNull();
  });

  it('begins with two calls and takes one more for each that succeeds, as far as there may be', () => {
    const allowed = [circuit.allowedCalls(4)];
    for (let n = 0; n < 4; n += 1) {
      circuit.succeeded();
      allowed.push(circuit.allowedCalls(4));
    }
    expect(allowed).toEqual([2, 3, 4, 4, 4]);
    fail(1);
    expect(circuit.allowedCalls(4)).toBe(2);
    expect(circuit.allowedCalls(1)).toBe(1);
  });

  it('rests after too many, then lets one call try', () => {
    fail(3);
    expect(circuit.allowedCalls(4)).toBe(0);
    expect(circuit.fault).toBe('connection refused');
    now = 100;
    expect(circuit.allowedCalls(4)).toBe(1);
    circuit.succeeded();
    expect(circuit.allowedCalls(4)).toBe(3);
    expect(circuit.fault).toBeNull();
  });

  it('rests longer each time, up to the longest', () => {
    fail(3);
    const rests: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      const from = now;
      while (circuit.allowedCalls(1) === 0) now += 1;
      rests.push(now - from);
      fail(1);
    }
    expect(rests).toEqual([100, 200, 350, 350]);
  });

  it('counts calls that were under way when it began to rest as one failure', () => {
    fail(5);
    now = 100;
    expect(circuit.allowedCalls(4)).toBe(1);
  });

  it('rests at once when the account is refused', () => {
    circuit.failed('401', { isRefused: true });
    expect(circuit.allowedCalls(4)).toBe(0);
  });

  it('waits as long as the provider asks, and no longer than the longest', () => {
    circuit.failed('429', { retryAfterMs: 50 });
    expect(circuit.allowedCalls(4)).toBe(0);
    now = 50;
    expect(circuit.allowedCalls(4)).toBe(2);
    circuit.failed('429', { retryAfterMs: 10_000 });
    now += 350;
    expect(circuit.allowedCalls(4)).toBe(2);
  });
});
