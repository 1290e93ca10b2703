/**
 * The child's side of harness/program.mjs: answers questions of the bench over the IPC channel, one reply each, and ends with
 * the bench. `handlers` maps a question to a function of its input.
 */
export function answerBench(handlers) {
  process.on('message', async ({ id, ask, input }) => {
    try {
      process.send({ id, result: await handlers[ask](input) });
    } catch (error) {
      process.send({ id, error: error.stack ?? String(error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
}
