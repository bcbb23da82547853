import { tortureRecord } from '../support/figures-sections.ts';
import { runMeasurements } from '../support/measurement-runner.ts';
import { cadences } from './cadences.ts';
import { clocks } from './clocks.ts';
import { counts } from './counts.ts';
import { damagedAnswers } from './damaged-answers.ts';
import { damages } from './damages.ts';
import { freezes } from './freezes.ts';
import { fullDisks } from './full-disks.ts';
import { fuzzedCalls } from './fuzzed-calls.ts';
import { kills } from './kills.ts';
import { longLife } from './long-life.ts';
import { networks } from './networks.ts';
import { outages } from './outages.ts';
import { races } from './races.ts';
import { signIns } from './sign-ins.ts';
import { stops } from './stops.ts';
import { throttling } from './throttling.ts';
import { versions } from './versions.ts';

await runMeasurements(
  'torture',
  [
    kills,
    races,
    outages,
    networks,
    freezes,
    clocks,
    cadences,
    fullDisks,
    throttling,
    damagedAnswers,
    signIns,
    counts,
    versions,
    longLife,
    stops,
    damages,
    fuzzedCalls,
  ],
  tortureRecord,
);
