import { answerBench } from '../harness/child.mjs';

const CYCLE_MS = 180_000;
const MAX_MESSAGES_PER_CYCLE = 99;

let parts;

/** mtt-service's own planner, with a relay that publishes nothing: requests stay in its outbox. */
async function open({ libs, databaseUrl }) {
  const product = await import(libs);
  const { Database, LeaseRepository, OutboxRelay, OutboxRepository } = product;
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const database = new Database({ url: databaseUrl, applicationName: 'mtt', poolSize: 3, avoidFullScans: true }, quiet);
  await database.connect(10_000);
  const leases = new LeaseRepository('mtt');
  const outbox = new OutboxRepository('mtt');
  const relay = new OutboxRelay(database, outbox, {}, {}, quiet);
  const intake = new product.MessageIntake(database);
  const claimer = new product.MessageClaimer(database, leases, outbox, relay, intake);
  parts = {
    product,
    database,
    leases: new product.PlanningLeases(database, leases, 'bench'),
    planner: new product.CyclePlanner(database, claimer, MAX_MESSAGES_PER_CYCLE),
    outcomes: new product.OutcomeApplier(database, 1),
  };
}

/** One turn of the task: which campaigns run, their leases, the plan. */
async function plan({ now }) {
  const at = new Date(now);
  const startedAt = performance.now();
  const campaigns = await parts.database.run((manager) =>
    new parts.product.CampaignReadModel(manager, CYCLE_MS).running(true, at),
  );
  let messages = 0;
  for (const campaign of campaigns) {
    messages += await parts.planner.plan(campaign, await parts.leases.take(campaign.campaignId), at);
  }
  return { messages, ms: performance.now() - startedAt };
}

/** Each of them is told as sent, so that the next cycle finds what it would find. */
async function tell({ messageIds, at }) {
  const startedAt = performance.now();
  for (let from = 0; from < messageIds.length; from += 200) {
    await parts.outcomes.apply(
      messageIds.slice(from, from + 200).map((messageId) => ({
        customId: `mtt:${messageId}`,
        outcome: 'sent',
        attempt: 1,
        error: null,
        at,
      })),
    );
  }
  return performance.now() - startedAt;
}

answerBench({ open, plan, tell, close: () => parts.database.close() });
