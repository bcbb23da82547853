import { startSimulator, type SimulatorOptions } from '../../../main/simulator/start-simulator.ts';

/** The simulator in a process of its own: options come as a message, addresses and sign-ins go back. */
process.once('message', (options: SimulatorOptions) => {
  startSimulator(options).then(
    ({ graphUrl, loginUrl, caPem, controlKey, tenants }) =>
      process.send!({ graphUrl, loginUrl, caPem, controlKey, tenants }),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exitCode = 1;
      process.disconnect();
    },
  );
});
process.once('disconnect', () => process.exit());
