import { Catch } from '@nestjs/common';
import type { ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { isClientGone } from './requests/client-gone';

/** Without it Nest logs whatever a resolver throws, also what is meant for the caller; the executor decides that. */
@Catch()
export class RethrowFilter extends BaseExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    if (host.getType<string>() === 'graphql') throw exception;
    if (isClientGone(exception)) return void host.switchToHttp().getResponse<FastifyReply>().code(400).send();
    super.catch(exception, host);
  }
}
