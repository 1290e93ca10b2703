import type { GraphqlAnswer } from '../graphql/graphql-executor';

export type AnswerBody = GraphqlAnswer['body'];

/** The events of one subscription as its subscriber gets them. Ends at once when it is told to, also while it waits for an
 *  event, which a generator function would not. */
export class AnswerStream implements AsyncGenerator<AnswerBody, undefined, undefined> {
  private readonly events: AsyncIterator<unknown>;
  private isOver = false;

  constructor(
    source: AsyncIterable<unknown>,
    private readonly answer: (event: unknown) => Promise<AnswerBody>,
    private readonly onEnd: () => void,
  ) {
    this.events = source[Symbol.asyncIterator]();
  }

  async next(): Promise<IteratorResult<AnswerBody, undefined>> {
    const { done, value } = await this.events.next();
    if (done || this.isOver) return this.return();
    try {
      const body = await this.answer(value);
      return this.isOver ? { done: true, value: undefined } : { done: false, value: body };
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<AnswerBody, undefined>> {
    if (!this.isOver) {
      this.isOver = true;
      this.onEnd();
      await this.events.return?.();
    }
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<AnswerBody, undefined>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
