/** What the bench takes from mtt-service to plan a cycle as it does, bundled by mtt-plan.mjs. */
export { Database, LeaseRepository, OutboxRelay, OutboxRepository } from '@groundswell/persistence';
export { MessageIntake } from '../../apps/mtt-service/src/intake/message-intake.ts';
export { OutcomeApplier } from '../../apps/mtt-service/src/outcomes/outcome-applier.ts';
export { CampaignReadModel } from '../../apps/mtt-service/src/pacing/campaign.read-model.ts';
export { CyclePlanner } from '../../apps/mtt-service/src/pacing/cycle-planner.ts';
export { MessageClaimer } from '../../apps/mtt-service/src/pacing/message-claimer.ts';
export { PlanningLeases } from '../../apps/mtt-service/src/pacing/planning-leases.ts';
