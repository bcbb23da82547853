import type { Clock } from '../../main/clock.ts';

/** A host clock that a test moves by hand. Timers fire in order while it advances. */
export interface ManualClock extends Clock {
  /** Moves both clocks; answers after the timers that fell due have fired and promises had a turn. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock alone: somebody changed the time. */
  stepWall(ms: number): void;
  /** Both clocks go on without any timer firing in between: the machine slept. */
  sleepMachine(ms: number): Promise<void>;
  timers(): number;
}

/** Lets promises and timers that are due have their turn. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export function createManualClock(): ManualClock {
  let monotonic = 1_000;
  let wall = Date.UTC(2026, 10, 24, 2, 0, 0);
  let nextId = 0;
  const timers = new Map<number, { at: number; callback: () => void }>();
  const fireDue = async () => {
    for (;;) {
      const due = [...timers]
        .filter(([, timer]) => timer.at <= monotonic)
        .sort((a, b) => a[1].at - b[1].at)[0];
      if (due === undefined) return;
      timers.delete(due[0]);
      due[1].callback();
      await turn();
    }
  };
  const clock: ManualClock = {
    monotonicMs: () => monotonic,
    wallMs: () => wall,
    after(ms, callback) {
      const id = nextId++;
      timers.set(id, { at: monotonic + ms, callback });
      return () => timers.delete(id);
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const cancel = clock.after(ms, () => resolve());
        signal?.addEventListener('abort', () => {
          cancel();
          reject(signal.reason);
        });
      }),
    async advance(ms) {
      const end = monotonic + ms;
      for (;;) {
        const next = Math.min(end, ...[...timers.values()].map((timer) => timer.at));
        if (next > monotonic) {
          wall += next - monotonic;
          monotonic = next;
        }
        await fireDue();
        if (monotonic >= end) break;
      }
      await turn();
    },
    stepWall(ms) {
      wall += ms;
    },
    async sleepMachine(ms) {
      monotonic += ms;
      wall += ms;
      await fireDue();
    },
    timers: () => timers.size,
  };
  return clock;
}
