import { runMeasurements } from '../support/measurement-runner.ts';
import { kills } from './kills.ts';
import { networks } from './networks.ts';
import { outages } from './outages.ts';
import { races } from './races.ts';

await runMeasurements('torture', [kills, races, outages, networks]);
