import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../main/simulator/start-simulator.ts';

/**
 * A simulator that fails the suite on closing if any request but a read reached it since it was started, however
 * often its counters were reset in between.
 */
export async function startReadOnlySimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  const { control } = simulator;
  const written: unknown[] = [];
  const reset = control.resetCounters.bind(control);
  control.resetCounters = () => {
    written.push(...control.readCounters().violations);
    reset();
  };
  const close = async () => {
    written.push(...control.readCounters().violations);
    await simulator.close();
    if (written.length > 0) throw new Error(`Graph was asked to write: ${JSON.stringify(written)}`);
  };
  return { ...simulator, close };
}
