import { QueueAnswers } from './queue-answers';
import { TimeBudget } from './time-budget';

describe('QueueAnswers', () => {
  let silent: Set<string>;
  let asked: string[][];
  let answers: QueueAnswers;
  const budget = new TimeBudget(60_000);

  beforeEach(() => {
    silent = new Set();
    asked = [];
    answers = new QueueAnswers({
      ask: (queues) => {
        asked.push([...queues]);
        const [mute, answering] = [true, false].map((isMute) => queues.filter((one) => silent.has(one) === isMute));
        return Promise.resolve({ mute: mute!, answering: answering! });
      },
    });
  });

  it('asks each queue until it has answered, those that were silent last', async () => {
    silent.add('a');
    await answers.ask(['a', 'b'], budget);
    await answers.ask(['a', 'b', 'c'], budget);
    await answers.ask(['b', 'c'], budget);
    expect(asked).toEqual([
      ['a', 'b'],
      ['c', 'a'],
    ]);
    expect(['a', 'b', 'd'].map((queue) => answers.of(queue))).toEqual(['mute', 'answers', 'unasked']);
    silent.clear();
    await answers.ask(['a'], budget);
    expect(answers.of('a')).toBe('answers');
  });

  it('knows nothing of queues that were declared again, went away, or met another broker', async () => {
    await answers.ask(['a', 'b', 'c'], budget);
    answers.declared('a');
    answers.observe(new Set(['a', 'c']));
    expect(['a', 'b', 'c'].map((queue) => answers.of(queue))).toEqual(['unasked', 'unasked', 'answers']);
    answers.reset();
    expect(answers.of('c')).toBe('unasked');
  });

  it('takes every queue for answering on a broker that must not be asked', async () => {
    answers.canAsk = false;
    await answers.ask(['a'], budget);
    expect([asked, answers.of('a')]).toEqual([[], 'answers']);
  });
});
