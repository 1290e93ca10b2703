import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { PagesModule } from '../pages/pages.module';
import { GraphqlWsProtocol } from './graphql-ws-protocol';
import { PageChangeFeed } from './page-change-feed';
import { PageSubscriptionResolver } from './page-subscription.resolver';
import { SOCKET_LIMITS, socketLimits } from './socket-limits';
import type { SocketLimits } from './socket-limits';
import { SocketOperations } from './socket-operations';
import { SocketServer } from './socket-server';

export interface SubscriptionsOptions {
  /** False: no sockets at all; the schema stays as it is. */
  isServed?: boolean;
  limits?: Partial<SocketLimits>;
}

/** What subscribers are told, and the sockets they hear it by. */
@Module({})
export class SubscriptionsModule {
  static register({ isServed = true, limits = {} }: SubscriptionsOptions = {}): DynamicModule {
    const sockets = [SocketOperations, GraphqlWsProtocol, SocketServer];
    return {
      module: SubscriptionsModule,
      imports: [PagesModule],
      providers: [
        PageChangeFeed,
        PageSubscriptionResolver,
        { provide: SOCKET_LIMITS, useValue: { ...socketLimits, ...limits } },
        ...(isServed ? sockets : []),
      ],
    };
  }
}
