import { WorkGate } from './work-gate';

class Held {
  readonly started: string[] = [];
  private readonly ends = new Map<string, (error?: Error) => void>();

  work = (name: string) => (): Promise<string> => {
    this.started.push(name);
    return new Promise((resolve, reject) => {
      this.ends.set(name, (error) => (error ? reject(error) : resolve(name)));
    });
  };

  end(name: string, error?: Error): void {
    this.ends.get(name)?.(error);
  }
}

it('runs so many at once, keeps some waiting in order, refuses the rest', async () => {
  const held = new Held();
  const gate = new WorkGate(1, 2, () => new Error('full'));
  const first = gate.run(held.work('a'));
  const second = gate.run(held.work('b'));
  const third = gate.run(held.work('c'));
  await expect(gate.run(held.work('d'))).rejects.toThrow('full');
  expect(held.started).toEqual(['a']);
  held.end('a');
  await first;
  held.end('b');
  await second;
  held.end('c');
  expect(await third).toBe('c');
  expect(held.started).toEqual(['a', 'b', 'c']);
});

it('goes on after work that failed', async () => {
  const held = new Held();
  const gate = new WorkGate(1, 1, () => new Error('full'));
  const failing = gate.run(held.work('a'));
  const next = gate.run(held.work('b'));
  held.end('a', new Error('broke'));
  await expect(failing).rejects.toThrow('broke');
  held.end('b');
  expect(await next).toBe('b');
  const alone = gate.run(held.work('c'));
  held.end('c');
  expect(await alone).toBe('c');
});
