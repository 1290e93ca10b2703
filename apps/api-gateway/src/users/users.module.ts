import { Global, Module } from '@nestjs/common';
import { AccessFinder } from './access-finder';
import { UserResolver } from './user.resolver';
import { UserService } from './user.service';

/** Accounts, and who may do what. Global: every feature asks for the caller's membership. */
@Global()
@Module({
  providers: [AccessFinder, UserService, UserResolver],
  exports: [AccessFinder, UserService],
})
export class UsersModule {}
