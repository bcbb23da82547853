import { request } from 'node:https';
import { AppError } from '../../shared/errors.ts';
import type { SimulatorControl } from './control.ts';
import type { controlMethods } from './control-door.ts';

type Method = (typeof controlMethods)[number];

/**
 * Calls a control method of a simulator in another process and answers its result. Throws AppError
 * `simulator_refused` when the simulator refuses, and the error of the connection when it is gone.
 */
export async function callSimulator<M extends Method>(
  simulator: { graphUrl: string; caPem: string; controlKey: string },
  method: M,
  ...args: Parameters<SimulatorControl[M]>
): Promise<ReturnType<SimulatorControl[M]>> {
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = request(
      `${simulator.graphUrl}/_simulator/${method}`,
      {
        method: 'POST',
        ca: simulator.caPem,
        headers: { 'content-type': 'application/json', 'x-simulator-key': simulator.controlKey },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(args));
  });
  if (status !== 200) {
    throw new AppError('simulator_refused', `The simulator refused ${method}: ${text.slice(0, 200)}`);
  }
  // A method that returns nothing answers nothing.
  return (text === '' ? undefined : JSON.parse(text)) as ReturnType<SimulatorControl[M]>;
}
