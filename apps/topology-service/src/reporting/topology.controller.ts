import { Controller, Get, Header, Inject, ServiceUnavailableException } from '@nestjs/common';
import { isTransient } from '@groundswell/messaging';
import { DatabaseAwayError } from '@groundswell/persistence';
import { TopologyReports, type TopologyReport } from './topology-report';

/** The drift report, beside the probes and as little public as they are: it names orgs and how much waits for them. */
@Controller()
export class TopologyController {
  constructor(@Inject(TopologyReports) private readonly reports: TopologyReports) {}

  @Get('topology')
  @Header('cache-control', 'no-store')
  async report(): Promise<TopologyReport> {
    try {
      return await this.reports.report();
    } catch (cause) {
      if (!(cause instanceof DatabaseAwayError) && !isTransient(cause)) throw cause;
      throw new ServiceUnavailableException('the database is away', { cause });
    }
  }
}
