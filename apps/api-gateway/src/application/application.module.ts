import { Module } from '@nestjs/common';
import { ApplicationResolver } from './application.resolver';

/** What is running, for instance admins. */
@Module({ providers: [ApplicationResolver] })
export class ApplicationModule {}
