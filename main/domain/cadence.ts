/**
 * The door to everything about cadences: other folders import from here, and the files of `cadence/` may be
 * cut differently without them noticing.
 */
export { describeCadence } from './cadence/describe-cadence.ts';
export { longestGap } from './cadence/longest-gap.ts';
export { nextClockChange } from './cadence/next-clock-change.ts';
export { nextSlot } from './cadence/next-slot.ts';
export { previewSlots } from './cadence/preview-slots.ts';
export { computedWith } from './cadence/rules-version.ts';
export { readCadence, requireValidCadence, validateCadence } from './cadence/validate-cadence.ts';
