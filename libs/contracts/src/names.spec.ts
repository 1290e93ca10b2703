import {
  actionIdOfStageMessage,
  aliasQueues,
  confirmQueue,
  crmQueue,
  eventMessageId,
  moderateQueue,
  orgQueuePurpose,
  reminderMessageId,
  reminderOfMessage,
  requeuedMessageId,
  stageMessageId,
  stageMessageIdPattern,
  stageMessageIdSql,
  webhookQueue,
} from './names';

describe('the purpose of a queue', () => {
  it.each([
    [crmQueue('greenorg'), 'crm'],
    [confirmQueue('green-org'), 'confirm'],
    [moderateQueue('green_org'), 'moderate'],
    [webhookQueue('cus'), 'webhook'],
    [aliasQueues.deliver(7), 'crm'],
    [aliasQueues.confirmSupporter(7), 'confirm'],
    [aliasQueues.confirmAction(7), 'moderate'],
    ['system.sqs', null],
    ['system.email.confirm', null],
    ['system.ingest.3', null],
    ['cus.7.fail', null],
    ['greenorg.constructor', null],
    ['crm', null],
  ])('%s: %s', (queue, purpose) => {
    expect(orgQueuePurpose(queue)).toBe(purpose);
  });
});

describe('ids of stage messages', () => {
  const pattern = new RegExp(stageMessageIdPattern('deliver', 7));
  const id = stageMessageId(41, 'deliver', 7);

  it('match the pattern of their stage and org, requeued or not', () => {
    expect(pattern.exec(id)).not.toBeNull();
    expect(pattern.exec(requeuedMessageId(id, 3))?.[1]).toBe('3');
  });

  it('are the same in SQL', () => {
    const parts = stageMessageIdSql('41', 'deliver', '7').split(' || ');
    expect(parts.map((part) => part.replace(/^'(.*)'$/, '$1')).join('')).toBe(id);
  });

  it.each([
    stageMessageId(41, 'deliver', 70),
    stageMessageId(41, 'deliver', 17),
    stageMessageId(41, 'supporter_confirm', 7),
    eventMessageId(41),
  ])('%s is not among them', (other) => {
    expect(pattern.exec(other)).toBeNull();
  });

  it('say which reminder they are', () => {
    const asked = stageMessageId(41, 'supporter_confirm', 7);
    expect(reminderOfMessage(reminderMessageId(asked, 3))).toBe(3);
    expect([asked, requeuedMessageId(asked, 3), eventMessageId(41)].map(reminderOfMessage)).toEqual([null, null, null]);
  });

  it('name their action', () => {
    expect(actionIdOfStageMessage(requeuedMessageId(id, 3))).toBe(41);
    expect(actionIdOfStageMessage(eventMessageId(41))).toBeNull();
  });
});
