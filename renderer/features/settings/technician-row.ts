import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';

export type TechnicianRow = OutputOf<Contract['technicians.list']>['rows'][number];
