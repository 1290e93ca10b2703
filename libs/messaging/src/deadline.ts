/** Waits for `work`, at most `limitMs`; false when time ran out first. A rejection counts as finished. */
export const settledWithin = async (work: Promise<unknown>, limitMs: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const finished = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([finished, late]);
  } finally {
    clearTimeout(timer);
  }
};
