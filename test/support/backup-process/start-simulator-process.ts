import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { callSimulator } from '../../../main/simulator/call-simulator.ts';
import type { SimulatorControl } from '../../../main/simulator/control.ts';
import { answerOf } from '../child-answer.ts';
import type { SimulatedTenantAccess, SimulatorOptions } from '../../../main/simulator/start-simulator.ts';

type Method = Parameters<typeof callSimulator>[1];

export interface SimulatorProcess {
  graphUrl: string;
  loginUrl: string;
  caPem: string;
  controlKey: string;
  tenants: SimulatedTenantAccess[];
  /** Steers it: see `SimulatorControl`. */
  call: <M extends Method>(
    method: M,
    ...args: Parameters<SimulatorControl[M]>
  ) => Promise<ReturnType<SimulatorControl[M]>>;
  close(): Promise<void>;
}

/** Starts a simulator whose work is not on the measured process's account. It ends with this process. */
export async function startSimulatorProcess(options: SimulatorOptions): Promise<SimulatorProcess> {
  const child = fork(fileURLToPath(new URL('./simulator-child.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send(options);
  const ready = await answerOf<Omit<SimulatorProcess, 'call' | 'close'>>(child, 'simulator');
  return {
    ...ready,
    call: (method, ...args) => callSimulator(ready, method, ...args),
    close: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
