import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { ObjectStore } from './object-store';
import { objectStoreSettings, type ObjectStoreConfig } from './object-store-settings';

/** `ObjectStore`, or null where none is configured. */
export const objectStore = Symbol('objectStore');

@Module({})
export class ObjectStoreModule implements OnApplicationShutdown {
  constructor(@Inject(objectStore) private readonly store: ObjectStore | null) {}

  static forRoot(config: ObjectStoreConfig): DynamicModule {
    const settings = objectStoreSettings(config);
    return {
      module: ObjectStoreModule,
      global: true,
      providers: [{ provide: objectStore, useValue: settings && new ObjectStore(settings) }],
      exports: [objectStore],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store?.close();
  }
}
