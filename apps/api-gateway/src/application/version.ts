/** The release, as package.json at the root has it. */
export { release as version } from '@groundswell/service';
