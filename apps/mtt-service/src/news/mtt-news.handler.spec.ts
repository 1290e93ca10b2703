import { mttNewsV1, type MttNewsV1 } from '../consumers';
import type { MessageIntake } from '../intake/message-intake';
import type { MttMetrics } from '../mtt-metrics';
import type { OutcomeApplier } from '../outcomes/outcome-applier';
import type { ReplyIntake } from '../replies/reply-intake';
import { MttNewsHandler } from './mtt-news.handler';

const at = '2026-11-21T10:00:00.000Z';
const enriched = {
  ...{ schema: 'groundswell:action-enriched:1', orgId: 1, actionId: 2, campaignId: 3, enrichmentId: 4 },
  ...{ kind: 'label', status: 'complete', at },
};

it('takes an enrichment of an action, which comes with the facts about actions, and leaves it alone', async () => {
  const asked: string[] = [];
  const handler = new MttNewsHandler(
    {
      refresh: async () => void asked.push('intake'),
      movePersons: async (moves: unknown[]) => void asked.push(...moves.map(String)),
    } as unknown as MessageIntake,
    { apply: async () => void asked.push('outcomes') } as unknown as OutcomeApplier,
    { take: async () => void asked.push('replies') } as unknown as ReplyIntake,
    { told: () => void asked.push('metrics') } as unknown as MttMetrics,
  );
  const message: MttNewsV1 = mttNewsV1.parse(enriched);
  expect(await handler.handleBatch([{ message, envelope: {} as never }])).toEqual([{ kind: 'done' }]);
  expect(asked).toEqual([]);
});
