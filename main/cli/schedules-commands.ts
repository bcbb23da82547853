import type { Command } from 'commander';
import type { PolicyTypeSelection } from '../../shared/model/run-spec.ts';
import { listSchedules, readDatabaseTime, type Schedule } from '../db/repositories/schedules.ts';
import { listTenants, type Tenant } from '../db/repositories/tenants.ts';
import { describeCadence, previewSlots, requireValidCadence } from '../domain/cadence.ts';
import { type CadenceArguments, parseCadenceArguments } from '../domain/cadence-arguments.ts';
import { addSchedule, changeSchedule, removeSchedule } from '../engine/change-schedule.ts';
import { withDatabase, type CommandContext } from './command-context.ts';
import { findSchedule, findTenant } from './find-by-name.ts';
import { facts, localIso, table } from './output.ts';
import { noteUnknownTypes, parseTypes, requireZone } from './schedule-options.ts';
import { usageError, wholeNumber } from './usage-error.ts';

interface ScheduleOptions {
  tenant: string;
  schedule: string;
}

/** `schedules add|list|next|pause|resume|remove`. */
export function addSchedulesCommands(program: Command): void {
  const schedules = program.command('schedules').description('When each tenant is backed up');

  schedules
    .command('add')
    .description('Add a schedule to a tenant')
    .requiredOption('--tenant <name>', 'tenant, by name or id')
    .requiredOption('--name <name>', 'name of the schedule, unique in the tenant')
    .option('--every <interval>', 'every so many minutes or hours of elapsed time: 15m, 2h')
    .option('--hourly <minute>', 'every hour at that minute: 05; every six hours: 05/6')
    .option('--daily <times>', 'at wall times: 02:00 or 02:00,14:00')
    .option('--weekly <days@times>', 'on weekdays: mon,thu@02:00')
    .option('--monthly <day@times>', 'on a day of the month: 1@02:00, last@02:00, 2tue@02:00')
    .option('--cron <expression>', 'five fields: minute hour day month weekday')
    .option('--zone <zone>', 'IANA time zone of the wall times, such as Europe/Berlin or UTC')
    .option('--types <types>', 'core, all, or keys separated by commas (see "types list")', 'core')
    .option('--keep-last <count>', 'backup sets that retention keeps', '30')
    .addHelpText(
      'after',
      '\nExample:\n  tenantkeep schedules add --tenant Contoso --name nightly --daily 02:00 --zone Europe/Berlin --types core --keep-last 30',
    )
    .action(
      async (
        options: CadenceArguments & {
          tenant: string;
          name: string;
          zone?: string;
          types: string;
          keepLast: string;
        },
        command: Command,
      ) => {
        const timeZone = requireZone(options.zone, 'A schedule');
        const cadence = requireValidCadence(parseCadenceArguments(options), timeZone);
        const policyTypes = parseTypes(options.types);
        const keepLast = wholeNumber(options.keepLast, '--keep-last', 1, 10_000);
        const name = options.name.trim();
        if (name === '' || name.length > 200) throw usageError('--name must have 1 to 200 characters.');
        await withDatabase(command, async ({ database, output }) => {
          const tenant = await findTenant(database, options.tenant);
          noteUnknownTypes(policyTypes, output);
          await addSchedule(database, {
            tenantId: tenant.tenantId,
            name,
            cadence,
            timeZone,
            spec: { policyTypes, retention: { keepLast } },
          });
          const schedule = await findSchedule(database, tenant, name);
          output.result({ schedule: scheduleDocument(tenant, schedule) }, () => [
            `Schedule ${schedule.name} of ${tenant.name}: ${describeCadence(schedule.cadence, schedule.timeZone)}`,
            ...facts([
              ['id', schedule.scheduleId],
              ['next', localIso(schedule.nextSlotAt)],
              ['keeps', `the last ${keepLast} backup sets`],
            ]),
          ]);
        });
      },
    );

  schedules
    .command('list')
    .description('List schedules of one tenant or of all')
    .option('--tenant <name>', 'tenant, by name or id')
    .addHelpText('after', '\nExample:\n  tenantkeep schedules list --tenant Contoso')
    .action(async (options: { tenant?: string }, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const tenants =
          options.tenant === undefined
            ? await listTenants(database)
            : [await findTenant(database, options.tenant)];
        const rows: { tenant: Tenant; schedule: Schedule }[] = [];
        for (const tenant of tenants) {
          for (const schedule of await listSchedules(database, tenant.tenantId))
            rows.push({ tenant, schedule });
        }
        output.result(
          { schedules: rows.map(({ tenant, schedule }) => scheduleDocument(tenant, schedule)) },
          () =>
            table(
              rows,
              [
                { title: 'Tenant', value: ({ tenant }) => tenant.name },
                { title: 'Schedule', value: ({ schedule }) => schedule.name },
                { title: 'When', value: ({ schedule }) => describe(schedule) },
                {
                  title: 'Next',
                  value: ({ schedule }) => (schedule.enabled ? localIso(schedule.nextSlotAt) : 'paused'),
                },
                { title: 'Types', value: ({ schedule }) => describeTypes(schedule.spec.policyTypes) },
                { title: 'Keeps', value: ({ schedule }) => schedule.spec.retention.keepLast, align: 'right' },
                { title: 'Id', value: ({ schedule }) => schedule.scheduleId },
              ],
              'No schedules.',
            ),
        );
      });
    });

  withScheduleOptions(schedules.command('next'))
    .description('Show the next slots of a schedule, with what clock changes do to them')
    .option('--count <count>', 'how many slots', '10')
    .addHelpText(
      'after',
      '\nExample:\n  tenantkeep schedules next --tenant Contoso --schedule nightly --count 5',
    )
    .action(async (options: ScheduleOptions & { count: string }, command: Command) => {
      const count = wholeNumber(options.count, '--count', 1, 200);
      await withDatabase(command, async ({ database, output }) => {
        const tenant = await findTenant(database, options.tenant);
        const schedule = await findSchedule(database, tenant, options.schedule);
        const slots = previewSlots(
          schedule.cadence,
          schedule.timeZone,
          await readDatabaseTime(database),
          count,
        );
        output.result(
          {
            schedule: scheduleDocument(tenant, schedule),
            slots: slots.map((slot) => ({ ...slot, slotUtc: slot.slotUtc.toISOString() })),
          },
          () => [
            `${describe(schedule)}${schedule.enabled ? '' : ' (paused)'}`,
            ...table(
              slots,
              [
                {
                  title: `Wall time in ${schedule.timeZone}`,
                  value: (slot) => `${slot.localTime} ${slot.offset}`,
                },
                { title: 'UTC', value: (slot) => slot.slotUtc.toISOString() },
                { title: 'Note', value: (slot) => (slot.note === null ? '' : slotNotes[slot.note]) },
              ],
              'It never becomes due again.',
            ),
          ],
        );
      });
    });

  withScheduleOptions(schedules.command('pause'))
    .description('Pause a schedule; slots that pass meanwhile are neither run nor counted as missed')
    .option('--reason <text>', 'why, for the next person', 'paused from the command line')
    .addHelpText(
      'after',
      '\nExample:\n  tenantkeep schedules pause --tenant Contoso --schedule nightly --reason "migration weekend"',
    )
    .action(async (options: ScheduleOptions & { reason: string }, command: Command) => {
      await change(command, options, async ({ database }, tenant, schedule) => {
        await changeSchedule(database, tenant.tenantId, schedule.scheduleId, {
          enabled: false,
          pauseReason: options.reason.trim().slice(0, 500),
        });
      });
    });

  withScheduleOptions(schedules.command('resume'))
    .description('Resume a paused schedule')
    .addHelpText('after', '\nExample:\n  tenantkeep schedules resume --tenant Contoso --schedule nightly')
    .action(async (options: ScheduleOptions, command: Command) => {
      await change(command, options, async ({ database }, tenant, schedule) => {
        await changeSchedule(database, tenant.tenantId, schedule.scheduleId, { enabled: true });
      });
    });

  withScheduleOptions(schedules.command('remove'))
    .description('Remove a schedule; its runs and backup sets stay')
    .addHelpText('after', '\nExample:\n  tenantkeep schedules remove --tenant Contoso --schedule nightly')
    .action(async (options: ScheduleOptions, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const tenant = await findTenant(database, options.tenant);
        const schedule = await findSchedule(database, tenant, options.schedule);
        await removeSchedule(database, tenant.tenantId, schedule.scheduleId);
        output.result({ removed: scheduleDocument(tenant, schedule) }, () => [
          `Schedule ${schedule.name} of ${tenant.name} is removed; its runs and backup sets stay.`,
        ]);
      });
    });
}

function withScheduleOptions(command: Command): Command {
  return command
    .requiredOption('--tenant <name>', 'tenant, by name or id')
    .requiredOption('--schedule <name>', 'schedule, by name or id');
}

async function change(
  command: Command,
  options: ScheduleOptions,
  work: (context: CommandContext, tenant: Tenant, schedule: Schedule) => Promise<void>,
): Promise<void> {
  await withDatabase(command, async (context) => {
    const { database, output } = context;
    const tenant = await findTenant(database, options.tenant);
    const schedule = await findSchedule(database, tenant, options.schedule);
    await work(context, tenant, schedule);
    const changed = await findSchedule(database, tenant, schedule.scheduleId);
    output.result({ schedule: scheduleDocument(tenant, changed) }, () => [
      changed.enabled
        ? `Schedule ${changed.name} of ${tenant.name} is on; next slot ${localIso(changed.nextSlotAt)}.`
        : `Schedule ${changed.name} of ${tenant.name} is paused.`,
    ]);
  });
}

const slotNotes = {
  gap: 'moved: this wall time does not exist on that day',
  overlap: 'this wall time comes twice on that day; the first one counts',
  month_end: 'moved: the month is shorter',
} as const;

function describe(schedule: Schedule): string {
  return describeCadence(schedule.cadence, schedule.timeZone);
}

function describeTypes(selection: PolicyTypeSelection): string {
  return typeof selection === 'string' ? selection : `${selection.length} chosen`;
}

function scheduleDocument(tenant: Tenant, schedule: Schedule): object {
  return {
    id: schedule.scheduleId,
    name: schedule.name,
    tenant: { id: tenant.tenantId, name: tenant.name },
    enabled: schedule.enabled,
    pauseReason: schedule.pauseReason,
    cadence: schedule.cadence,
    timeZone: schedule.timeZone,
    policyTypes: schedule.spec.policyTypes,
    retention: schedule.spec.retention,
    nextSlotAt: schedule.nextSlotAt?.toISOString() ?? null,
    dispatchError: schedule.dispatchError,
    version: schedule.version,
  };
}
