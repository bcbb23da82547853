import type { ObjectMaker } from './generic-maker.ts';

/** Makers by list path; types without one get generic objects. */
export const makers: Readonly<Record<string, ObjectMaker>> = {};
