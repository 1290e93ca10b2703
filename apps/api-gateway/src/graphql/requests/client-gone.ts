/** Whether the client closed its connection before it had sent all of its body: nobody's fault here, nobody to answer. */
export const isClientGone = (error: unknown): boolean => {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === 'ECONNRESET' && message === 'aborted';
};
