/** Lets asynchronous tasks run one after another, in the order in which they were asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  async take<Value>(task: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(task)
    // The next in line goes on whatever became of this one; who asked for it hears of the failure.
    this.#last = turn.catch(() => null)
    return turn
  }
}
