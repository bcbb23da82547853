import type { z } from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { instantFromIso } from '../../../shared/model/instant.ts';
import { requestRun } from '../../db/repositories/runs.ts';
import { getSchedule } from '../../db/repositories/schedules.ts';
import { addSchedule, changeSchedule } from '../../engine/change-schedule.ts';
import type { Log } from '../../engine/ports.ts';
import type { Contract } from '../../../shared/contract/index.ts';
import type { CallContext, Handlers } from '../router.ts';
import { eachRow, type RowDone } from './each-row.ts';

type BulkName = Extract<keyof Contract, `schedules.bulk-${string}`>;
type ItemOf<Name extends BulkName> = z.output<Contract[Name]['input']>['items'][number];

/**
 * Changes of many schedules. Every row is a change of its own, with its permission checked and its event written by
 * the database; the answer says of each what became of it.
 */
export function scheduleBulkHandlers(parts: { log: Log }): Pick<Handlers, BulkName | 'schedules.spread'> {
  const each = <Item>(
    context: CallContext,
    items: readonly Item[],
    change: (item: Item) => Promise<RowDone>,
  ) => eachRow(parts.log, context, items, change);

  return {
    'schedules.bulk-pause': (context, { items, reason, resumeAt }) =>
      each(context, items, async ({ tenantId, scheduleId, expectedVersion }) => ({
        version: await changeSchedule(context.session.database, tenantId, scheduleId, {
          expectedVersion,
          enabled: false,
          pauseReason: reason,
          resumeAt: resumeAt === null ? null : instantFromIso(resumeAt),
        }),
      })),

    'schedules.bulk-resume': (context, { items }) =>
      each(context, items, async ({ tenantId, scheduleId, expectedVersion }) => ({
        version: await changeSchedule(context.session.database, tenantId, scheduleId, {
          expectedVersion,
          enabled: true,
        }),
      })),

    'schedules.bulk-run': (context, { items }) =>
      each(context, items, async ({ tenantId, scheduleId }) => {
        // The function of the database asks for the schedule alone; a row names its tenant, too.
        await requireSchedule(context, tenantId, scheduleId);
        const { runId, created } = await requestRun(context.session.database, scheduleId);
        if (!created) throw new AppError('run_active', 'A run of this schedule is active already.');
        return { createdId: runId };
      }),

    'schedules.bulk-retention': (context, { items }) =>
      each(context, items, async (item: ItemOf<'schedules.bulk-retention'>) => {
        const { tenantId, scheduleId, expectedVersion, retention } = item;
        const { spec } = await requireSchedule(context, tenantId, scheduleId);
        return {
          version: await changeSchedule(context.session.database, tenantId, scheduleId, {
            expectedVersion,
            spec: { ...spec, retention },
          }),
        };
      }),

    'schedules.bulk-copy': (context, { items }) =>
      each(context, items, async ({ tenantId, scheduleId, toTenantId }) => {
        const { name, cadence, timeZone, spec } = await requireSchedule(context, tenantId, scheduleId);
        return {
          createdId: await addSchedule(context.session.database, {
            tenantId: toTenantId,
            name,
            cadence,
            timeZone,
            spec,
          }),
        };
      }),

    'schedules.spread': async ({ session }, { tenantId, changes }) => {
      // All or none: half of a spread is the crowd at another minute.
      await session.database.transaction(async (tx) => {
        for (const { scheduleId, expectedVersion, cadence } of changes) {
          await changeSchedule(tx, tenantId, scheduleId, { expectedVersion, cadence });
        }
      });
      return { moved: changes.length };
    },
  };
}

async function requireSchedule({ session }: CallContext, tenantId: string, scheduleId: string) {
  const schedule = await getSchedule(session.database, tenantId, scheduleId);
  if (schedule === null) throw new AppError('schedule_not_found', 'There is no such schedule.');
  return schedule;
}
