import type { ImportArguments } from '../import-arguments';
import type { OldReader } from '../old-reader';
import type { StepResults } from '../report';
import type { TableCopy } from '../table-copy';
import type { Target } from '../target';
import { setOrgBackends } from './org-backends';
import { settleMessageRanks, settleSupporterRanks } from './ranks';
import { noteSentReminders } from './reminders';
import { raiseSequences } from './sequences';
import { askForDelivery, countUndelivered } from './undelivered';

/** What is worked out once all rows are there. Each step is one transaction or may be repeated, and changes nothing when it is. */
export async function takeSteps(
  old: OldReader,
  target: Target,
  copies: readonly TableCopy[],
  { undelivered }: Pick<ImportArguments, 'undelivered'>,
): Promise<StepResults> {
  const orgBackends = await setOrgBackends(old, target);
  const supporterRanks = await settleSupporterRanks(target);
  const messageRanks = await settleMessageRanks(target);
  const reminders = await noteSentReminders(target);
  await raiseSequences(old, target, copies);
  const waiting = await countUndelivered(target);
  const isDelivering = undelivered === 'deliver';
  const commands = isDelivering ? await askForDelivery(target) : 0;
  // The fleet's first statements are planned by figures of full tables, not of empty ones.
  for (const { to } of copies) await target.rows(`analyze ${to}`);
  await target.rows('analyze mtt.message_states');
  return { orgBackends, supporterRanks, messageRanks, reminders, undelivered: waiting, isDelivering, commands };
}
