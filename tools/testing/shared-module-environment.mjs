import { ModernFakeTimers } from '@jest/fake-timers';
import { TestEnvironment } from 'jest-environment-node';
import { ModuleMocker } from 'jest-mock';

/** The environment of shared-module-runtime.mjs: timers and mocks of the realm in which Node loads the tests, and a process.env that ends with the file. */
export default class SharedModuleEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    // What `expect` compares with has to be what the tests are made of: `expect.any(Number)`.
    for (const name of Object.getOwnPropertyNames(globalThis)) {
      if (/^[A-Z]/.test(name) && typeof globalThis[name] === 'function') this.global[name] = globalThis[name];
    }
    this.fakeTimersModern = new ModernFakeTimers({ config: config.projectConfig, global: globalThis });
    this.moduleMocker = new ModuleMocker(globalThis);
    this.variables = { ...process.env };
  }

  async teardown() {
    await super.teardown();
    for (const name of Object.keys(process.env)) if (!(name in this.variables)) delete process.env[name];
    Object.assign(process.env, this.variables);
  }
}
