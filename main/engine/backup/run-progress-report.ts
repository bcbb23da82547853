import type { RunProgress } from '../run-lease.ts';

type Step = RunProgress['current'][number];

/** Gathers what the groups of a run report into the one progress that people see. */
export class RunProgressReport {
  private readonly report: (progress: RunProgress) => void;
  private readonly current = new Map<string, Step>();
  private typesTotal = 0;
  private typesDone = 0;

  constructor(report: (progress: RunProgress) => void) {
    this.report = report;
  }

  start(typesTotal: number, typesDone: number): void {
    this.typesTotal = typesTotal;
    this.typesDone = typesDone;
    this.send();
  }

  step(step: Step): void {
    this.current.set(step.typeKey, { ...step });
    this.send();
  }

  done(typeKey: string): void {
    this.current.delete(typeKey);
    this.typesDone += 1;
    this.send();
  }

  private send(): void {
    this.report({
      typesTotal: this.typesTotal,
      typesDone: this.typesDone,
      current: [...this.current.values()],
    });
  }
}
