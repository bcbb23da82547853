import { runMeasurements } from '../support/measurement-runner.ts';
import { tick, tickOfSixHosts } from './tick.ts';

await runMeasurements('bench', [tick, tickOfSixHosts]);
