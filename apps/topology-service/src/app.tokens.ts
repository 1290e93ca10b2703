/** Injection tokens of values that have no class. */
export const CONFIG = Symbol('TopologyConfig');
export const LOGGER = Symbol('Logger');
