import module from 'node:module';

/** Loaded before a service: its stack traces name the sources it was built from. Packages stay as they are. */
if (module.setSourceMapsSupport) module.setSourceMapsSupport(true);
else process.setSourceMapsEnabled(true);
