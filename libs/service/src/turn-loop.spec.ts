import { TurnLoop } from './turn-loop';

const never = 1_000_000;

describe('TurnLoop', () => {
  const texts: string[] = [];
  const logger = { warn: (_fields: object, text: string) => void texts.push(text) };
  let loop: TurnLoop;
  const started = (turn: () => Promise<void>, pollMs: number): TurnLoop => {
    loop = new TurnLoop(turn, { pollMs, failed: 'it waits', logger: logger as never });
    loop.start();
    return loop;
  };
  beforeEach(() => texts.splice(0));
  afterEach(() => loop.stop());

  it('takes the next turn at once when it was woken during one, else rests', async () => {
    let turns = 0;
    const rested = new Promise<void>((resolve) => {
      started(async () => {
        turns += 1;
        if (turns < 3) loop.wake();
        else setImmediate(resolve);
      }, never);
    });
    await rested;
    expect(turns).toBe(3);
    const woken = new Promise<void>((resolve) => setImmediate(resolve));
    loop.wake();
    await woken;
    expect(turns).toBe(4);
  });

  it('goes on by itself after a rest', async () => {
    let turns = 0;
    await new Promise<void>((resolve) => started(async () => void ((turns += 1) === 3 && resolve()), 1));
    expect(turns).toBe(3);
  });

  it('tells of a turn that fails, and rests before the next, whoever woke it meanwhile', async () => {
    let turns = 0;
    await new Promise<void>((resolve) => {
      started(async () => {
        turns += 1;
        setImmediate(resolve);
        loop.wake();
        throw new Error('away');
      }, never);
    });
    expect([turns, texts]).toEqual([1, ['it waits']]);
  });

  it('stops after the turn under way', async () => {
    let end: () => void = () => undefined;
    let isOver = false;
    started(() => new Promise<void>((resolve) => (end = resolve)).then(() => void (isOver = true)), never);
    const stopped = loop.stop();
    expect([loop.isStopped, isOver]).toEqual([true, false]);
    end();
    await stopped;
    expect(isOver).toBe(true);
  });
});
