import { Catch, type ExceptionFilter } from '@nestjs/common';

/** Lets what a handler throws arrive at the runner as itself; Nest would turn it into "Internal server error". */
@Catch()
export class RethrowFilter implements ExceptionFilter {
  catch(error: unknown): never {
    throw error;
  }
}
