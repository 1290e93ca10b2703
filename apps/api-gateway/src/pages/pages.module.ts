import { Module } from '@nestjs/common';
import { StatsModule } from '../stats/stats.module';
import { PageFieldsResolver, PrivatePageResolver } from './page-fields.resolver';
import { PageCopyService } from './page-copy.service';
import { PageReadService } from './page-read.service';
import { PageResolver } from './page.resolver';
import { PageService } from './page.service';

/** Pages (widgets) of campaigns. */
@Module({
  imports: [StatsModule],
  providers: [PageService, PageCopyService, PageReadService, PageResolver, PageFieldsResolver, PrivatePageResolver],
  exports: [PageReadService],
})
export class PagesModule {}
