import { appMakers } from './app-makers.ts';
import { configurationMakers } from './configuration-makers.ts';
import { entraMakers } from './entra-makers.ts';
import type { ObjectMaker } from './generic-maker.ts';
import { managementMakers } from './management-makers.ts';
import { scriptMakers } from './script-makers.ts';

/** Makers by list path; types without one get generic objects. */
export const makers: Readonly<Record<string, ObjectMaker>> = {
  ...configurationMakers,
  ...managementMakers,
  ...scriptMakers,
  ...appMakers,
  ...entraMakers,
};
