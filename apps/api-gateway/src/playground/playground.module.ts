import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { PlaygroundRoute } from './playground-route';

export interface PlaygroundOptions {
  /** False: there is no such page. */
  isServed?: boolean;
}

/** A page to try the API by hand. */
@Module({})
export class PlaygroundModule {
  static register({ isServed = true }: PlaygroundOptions = {}): DynamicModule {
    return { module: PlaygroundModule, providers: isServed ? [PlaygroundRoute] : [] };
  }
}
