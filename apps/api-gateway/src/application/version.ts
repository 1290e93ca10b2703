/** The release, as package.json at the root has it. */
export const version = '0.1.0';
