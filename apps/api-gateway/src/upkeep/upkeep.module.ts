import { Catalogue, Database } from '@groundswell/persistence';
import { Module, type FactoryProvider } from '@nestjs/common';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { CampaignUpkeep } from './campaign-upkeep';
import { BackfillCampaignDatesHandler, CloseIdleCampaignsHandler } from './upkeep.handlers';
import { UpkeepResolver } from './upkeep.resolver';
import { UpkeepService } from './upkeep.service';

const withUpkeep = <T>(provide: new (upkeep: CampaignUpkeep) => T): FactoryProvider<T> => ({
  provide,
  inject: [CampaignUpkeep],
  useFactory: (upkeep: CampaignUpkeep) => new provide(upkeep),
});

/** Closing idle campaigns and filling in their dates. Needs the global CatalogueModule and JobsModule. */
@Module({
  providers: [
    {
      provide: CampaignUpkeep,
      inject: [Database, CatalogueWriter, Catalogue],
      useFactory: (database: Database, writer: CatalogueWriter, catalogue: Catalogue) =>
        new CampaignUpkeep(database, writer, catalogue),
    },
    withUpkeep(CloseIdleCampaignsHandler),
    withUpkeep(BackfillCampaignDatesHandler),
    UpkeepService,
    UpkeepResolver,
  ],
})
export class UpkeepModule {}
