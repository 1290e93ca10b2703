import { Module } from '@nestjs/common';
import { ExpireVolunteersHandler } from './expire-volunteers.handler';

/** Takes back what nobody did in time. */
@Module({ providers: [ExpireVolunteersHandler] })
export class ExpiringModule {}
