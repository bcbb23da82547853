import type { Command } from 'commander';
import { AppError, isAppError } from '../../shared/errors.ts';
import type { Sql } from '../db/database.ts';
import { detachSchedule, removeTemplate } from '../db/repositories/schedule-templates.ts';
import { alertWords, cadenceWords, policyTypeWords, retentionWords } from '../domain/schedule-words.ts';
import type { TemplateStanding } from '../domain/template-standing.ts';
import { applyStanding, type JudgedTemplate, judgeTemplates } from '../engine/apply-template.ts';
import { withDatabase } from './command-context.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import type { ExitStatus } from './exit-status.ts';
import { findOne, findSchedule, findTenant } from './find-by-name.ts';
import { facts, localIso, type Output, table } from './output.ts';
import { addTemplatesSet } from './templates-set-command.ts';
import { differencesText, standingDocument, standingWords, templateDocument } from './template-documents.ts';

interface TemplateOption {
  template: string;
}

/** `templates list|show|set|apply|drift|detach|remove`. */
export function addTemplatesCommands(program: Command, exit: ExitStatus, signal: AbortSignal): void {
  const templates = program
    .command('templates')
    .description('Schedules defined once and applied to every tenant with a tag');
  addList(templates);
  addShow(templates);
  addTemplatesSet(templates);
  addApply(templates, exit, signal);
  addDrift(templates, exit);
  addDetach(templates);
  addRemove(templates);
}

/** The template of that name or id, with how tenants stand to it. */
async function findTemplate(sql: Sql, given: string, takeOver = false): Promise<JudgedTemplate> {
  return findOne(await judgeTemplates(sql, takeOver), given, {
    noun: 'template',
    code: 'schedule_template',
    id: ({ template }) => template.templateId,
    name: ({ template }) => template.name,
    listCommand: 'templates list',
  });
}

function addList(templates: Command): void {
  templates
    .command('list')
    .description('List the templates and how many tenants stand how to them')
    .addHelpText('after', '\nExample:\n  tenantkeep templates list --json')
    .action(async (_options: object, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const judged = await judgeTemplates(database);
        output.result({ templates: judged.map(templateDocument) }, () =>
          table(
            judged,
            [
              { title: 'Template', value: ({ template }) => template.name },
              {
                title: 'When',
                value: ({ template }) =>
                  `${cadenceWords(template.cadence, template.timeZone)} (${template.timeZone})`,
              },
              { title: 'Tags', value: ({ template }) => template.tags.join(', ') },
              { title: 'Spread', value: ({ template }) => `${template.spreadMinutes} min`, align: 'right' },
              { title: 'In step', value: (row) => count(row, 'in_step'), align: 'right' },
              { title: 'Differ', value: (row) => count(row, 'drifted'), align: 'right' },
              { title: 'Missing', value: (row) => count(row, 'missing'), align: 'right' },
              { title: 'Id', value: ({ template }) => template.templateId },
            ],
            'No templates.',
          ),
        );
      });
    });
}

function count({ standings }: JudgedTemplate, state: TemplateStanding['standing']): number {
  return standings.filter(({ standing }) => standing === state).length;
}

function addShow(templates: Command): void {
  withTemplate(templates.command('show'))
    .description('Show a template and how tenants stand to it')
    .addHelpText('after', '\nExample:\n  tenantkeep templates show --template nightly')
    .action(async (options: TemplateOption, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const judged = await findTemplate(database, options.template);
        const { template, standings } = judged;
        output.result(
          { template: templateDocument(judged), tenants: standings.map(standingDocument) },
          () => [
            ...facts([
              ['template', template.name],
              ['id', template.templateId],
              ['version', template.version],
              ['when', `${cadenceWords(template.cadence, template.timeZone)} (${template.timeZone})`],
              ['spread', `${template.spreadMinutes} minutes`],
              ['policy types', policyTypeWords(template.spec.policyTypes)],
              ['keeps', `${retentionWords(template.spec.retention)} backup sets`],
              ['alerts', alertWords(template.spec.alerts ?? {})],
              ['tags', template.tags.join(', ')],
              ['changed', `${localIso(template.changedAt)} by ${template.changedBy}`],
              ['schedules', template.schedules],
            ]),
            ...standingTable(standings, 'No tenant that you see has one of its tags.'),
          ],
        );
      });
    });
}

function addDrift(templates: Command, exit: ExitStatus): void {
  templates
    .command('drift')
    .description('Show what differs from the templates, what is missing and what is no longer covered')
    .option('--template <name>', 'template, by name or id; default: all')
    .option('--check', `end with exit code ${exitCodes.runFailed} where a tenant is not as its template says`)
    .addHelpText(
      'after',
      '\nTenants that are as their template says are left out.\n\nExample:\n  tenantkeep templates drift --template nightly --check',
    )
    .action(async (options: { template?: string; check?: true }, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const judged =
          options.template === undefined
            ? await judgeTemplates(database)
            : [await findTemplate(database, options.template)];
        const rows = judged.map(({ template, standings }) => ({
          template,
          standings: standings.filter(({ standing }) => standing !== 'in_step'),
        }));
        output.result(
          {
            templates: rows.map(({ template, standings }) => ({
              id: template.templateId,
              name: template.name,
              version: template.version,
              tenants: standings.map(standingDocument),
            })),
          },
          () =>
            rows.flatMap(({ template, standings }) => [
              `${template.name}, version ${template.version}:`,
              ...standingTable(standings, 'Every tenant is as the template says.'),
            ]),
        );
        if (options.check === true && rows.some(({ standings }) => standings.length > 0)) {
          exit.code = exitCodes.runFailed;
        }
      });
    });
}

function addApply(templates: Command, exit: ExitStatus, signal: AbortSignal): void {
  withTemplate(templates.command('apply'))
    .description('Create and change the schedules of the template, one tenant after the other')
    .option('--tenant <name>', 'only this tenant, by name or id')
    .option('--take-over', 'change also schedules that merely have the name of the template')
    .option('--dry-run', 'show what would be done; change nothing')
    .addHelpText(
      'after',
      '\nTenants in which you may not edit schedules are left out and named. Applying again changes nothing.\n\nExample:\n  tenantkeep templates apply --template nightly --dry-run',
    )
    .action(
      async (
        options: TemplateOption & { tenant?: string; takeOver?: boolean; dryRun?: boolean },
        command: Command,
      ) => {
        const dryRun = options.dryRun === true;
        await withDatabase(command, async ({ database, output }) => {
          const { template, standings } = await findTemplate(
            database,
            options.template,
            options.takeOver === true,
          );
          const chosen =
            options.tenant === undefined
              ? standings
              : [await standingOf(database, standings, options.tenant)];
          const results: AppliedRow[] = [];
          for (const standing of chosen) {
            if (signal.aborted) break;
            results.push(dryRun ? { standing, error: null } : await applyRow(database, template, standing));
            noteProgress(output, results.length, chosen.length);
          }
          const failed = results.find(({ error }) => error !== null);
          if (failed !== undefined) exit.code = exitCodeOf(failed.error);
          if (signal.aborted) exit.code = exitCodes.interrupted;
          output.result(
            {
              dryRun,
              template: { id: template.templateId, name: template.name, version: template.version },
              tenants: results.map(({ standing, error }) => ({
                ...standingDocument(standing),
                error: error === null ? null : { code: error.code, message: error.message },
              })),
              notTried: chosen.length - results.length,
            },
            () => appliedLines(results, dryRun, chosen.length),
          );
        });
      },
    );
}

interface AppliedRow {
  standing: TemplateStanding;
  error: AppError | null;
}

async function standingOf(
  sql: Sql,
  standings: readonly TemplateStanding[],
  given: string,
): Promise<TemplateStanding> {
  const tenant = await findTenant(sql, given);
  const standing = standings.find(({ tenantId }) => tenantId === tenant.tenantId);
  if (standing === undefined) {
    throw new AppError('tenant_not_covered', `The template does not cover ${tenant.name}.`, {
      nextStep: 'Give the tenant one of the tags of the template with "tenantkeep tenants tag".',
    });
  }
  // Who names one tenant hears of a refusal by the exit code, too.
  if (standing.leftOut !== null) throw new AppError(standing.leftOut.code, standing.leftOut.message);
  return standing;
}

async function applyRow(
  sql: Sql,
  template: JudgedTemplate['template'],
  standing: TemplateStanding,
): Promise<AppliedRow> {
  if (standing.step === 'none' || standing.step === 'left_out') return { standing, error: null };
  try {
    await applyStanding(sql, template, standing);
    return { standing, error: null };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { standing, error };
  }
}

/** A line for every 25 tenants: enough for whoever waits, and no flood. */
function noteProgress(output: Output, done: number, all: number): void {
  if (all > 25 && (done % 25 === 0 || done === all)) output.progress(`${done} of ${all} tenants`);
}

const doneWords = {
  create: ['created', 'would be created'],
  change: ['changed', 'would be changed'],
  take_over: ['taken over', 'would be taken over'],
  none: ['unchanged', 'unchanged'],
  left_out: ['left out', 'left out'],
} as const;

function appliedLines(results: readonly AppliedRow[], dryRun: boolean, all: number): string[] {
  const word = ({ standing, error }: AppliedRow) =>
    error === null ? doneWords[standing.step][dryRun ? 1 : 0] : 'not changed';
  const counts = [...Map.groupBy(results, word)].map(([result, rows]) => `${rows.length} ${result}`);
  return [
    ...table(
      results,
      [
        { title: 'Tenant', value: ({ standing }) => standing.tenantName },
        { title: 'Result', value: word },
        {
          title: 'When',
          value: ({ standing: { content, step } }) =>
            step === 'left_out' ? '' : cadenceWords(content.cadence, content.timeZone),
        },
        {
          title: 'Why',
          value: ({ standing, error }) =>
            error?.message ?? standing.leftOut?.message ?? differencesText(standing),
        },
      ],
      'No tenant that you see has one of its tags.',
    ),
    ...(counts.length === 0 ? [] : [`${counts.join(', ')}.`]),
    ...(results.length < all ? [`${all - results.length} tenants were not tried.`] : []),
  ];
}

function addDetach(templates: Command): void {
  templates
    .command('detach')
    .description('Let a schedule stay as it is and no longer follow its template')
    .requiredOption('--tenant <name>', 'tenant, by name or id')
    .requiredOption('--schedule <name>', 'schedule, by name or id')
    .addHelpText('after', '\nExample:\n  tenantkeep templates detach --tenant Contoso --schedule nightly')
    .action(async (options: { tenant: string; schedule: string }, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const tenant = await findTenant(database, options.tenant);
        const schedule = await findSchedule(database, tenant, options.schedule);
        await detachSchedule(database, schedule.scheduleId);
        output.result(
          {
            detached: {
              id: schedule.scheduleId,
              name: schedule.name,
              tenant: { id: tenant.tenantId, name: tenant.name },
            },
          },
          () => [`Schedule ${schedule.name} of ${tenant.name} no longer follows a template.`],
        );
      });
    });
}

function addRemove(templates: Command): void {
  withTemplate(templates.command('remove'))
    .description('Remove a template; its schedules stay as they are and are detached')
    .option('--dry-run', 'say how many schedules would be detached; change nothing')
    .addHelpText('after', '\nExample:\n  tenantkeep templates remove --template nightly --dry-run')
    .action(async (options: TemplateOption & { dryRun?: boolean }, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const judged = await findTemplate(database, options.template);
        const { template } = judged;
        const dryRun = options.dryRun === true;
        const detached = dryRun ? template.schedules : await removeTemplate(database, template);
        output.result({ dryRun, removed: templateDocument(judged), detached }, () => [
          dryRun
            ? `Template ${template.name} would be removed and ${detached} schedules detached; they stay as they are.`
            : `Template ${template.name} is removed. ${detached} schedules are detached and stay as they are.`,
        ]);
      });
    });
}

function withTemplate(command: Command): Command {
  return command.requiredOption('--template <name>', 'template, by name or id');
}

function standingTable(standings: readonly TemplateStanding[], nothing: string): string[] {
  return table(
    standings,
    [
      { title: 'Tenant', value: ({ tenantName }) => tenantName },
      { title: 'State', value: ({ standing }) => standingWords[standing] },
      { title: 'What differs', value: differencesText },
      { title: 'Note', value: ({ leftOut }) => leftOut?.message ?? '' },
    ],
    nothing,
  );
}
