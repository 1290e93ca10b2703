export interface TransactionalBudget {
  /** Whether the org has a transactional backend. */
  hasBackend: boolean;
  /** Mails accepted by it since the counter was reset. */
  used: number;
  /** Null: without limit. */
  budget: number | null;
}

export interface BudgetSplit {
  /** The first ones of the batch go through the transactional backend. */
  transactional: number;
  /** The rest through the email backend. */
  ordinary: number;
}

/** Mails to targets never use the transactional backend, all others may (email-and-mtt.md 1.2). */
export const isTransactional = (customIdType: 'action' | 'mtt' | 'user'): boolean => customIdType !== 'mtt';

/** How a batch is shared out; what the backend accepted is added to `used` afterwards. */
export function splitByBudget(count: number, { hasBackend, used, budget }: TransactionalBudget): BudgetSplit {
  const left = budget === null ? count : Math.max(0, budget - used);
  const transactional = hasBackend ? Math.min(count, left) : 0;
  return { transactional, ordinary: count - transactional };
}
