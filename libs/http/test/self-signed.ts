// Certificates are made by the test tools of the whole repository, and the tools have no package name to import them by.
/* eslint-disable @nx/enforce-module-boundaries -- see above */
export { makeSelfSigned } from '../../../tools/mail-servers/self-signed';
