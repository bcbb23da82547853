/**
 * Makes sure that a piece of work never runs twice at the same time in this process. A request that arrives
 * while it runs is remembered as one further run, however many requests there are: after a freeze timers fire
 * in bursts of hundreds.
 */
export interface SingleFlight {
  /** Resolves when the work that covers this request has ended; never rejects. */
  request(): Promise<void>;
  /** Refuses further requests and resolves when the running work has ended. */
  close(): Promise<void>;
}

/** `work` must handle its own errors; whatever still escapes goes to `onError`. */
export function createSingleFlight(
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): SingleFlight {
  let current: Promise<void> | null = null;
  let again: Promise<void> | null = null;
  let closed = false;

  const run = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      onError(error);
    }
  };
  const start = (): Promise<void> => {
    current = run().finally(() => {
      current = null;
    });
    return current;
  };

  return {
    request() {
      if (closed) return current ?? Promise.resolve();
      if (current === null) return start();
      again ??= current.then(() => {
        again = null;
        return closed ? undefined : start();
      });
      return again;
    },
    async close() {
      closed = true;
      await current;
      await again;
    },
  };
}
