import { Database } from '@groundswell/persistence';
import { Module, type FactoryProvider } from '@nestjs/common';
import { ACCEPTING_SETTINGS, type AcceptingSettings } from '../accepting/accepting.module';
import { DurablePublisher } from '../accepting/durable-publisher';
import { ActionDecisions } from './action-decisions';
import { ModeratedActionReadModel } from './moderated-action.read-model';

const readModel: FactoryProvider = {
  provide: ModeratedActionReadModel,
  inject: [Database],
  useFactory: (database: Database) => new ModeratedActionReadModel(database),
};

const decisions: FactoryProvider = {
  provide: ActionDecisions,
  inject: [ModeratedActionReadModel, DurablePublisher, ACCEPTING_SETTINGS],
  useFactory: (actions: ModeratedActionReadModel, durable: DurablePublisher, { checksContracts }: AcceptingSettings) =>
    new ActionDecisions({ readModel: actions, durable, checksContracts }),
};

/** Deciding about actions that wait for it, by link or by API. Needs the global AcceptingModule. */
@Module({ providers: [readModel, decisions], exports: [ModeratedActionReadModel, ActionDecisions] })
export class DecisionsModule {}
