import type { Command } from 'commander';
import {
  type AlertRule,
  alertRuleSchema,
  type RetentionRule,
  usualAlertRule,
} from '../../shared/model/run-spec.ts';
import {
  listTemplates,
  type ScheduleTemplate,
  type TemplateContent,
} from '../db/repositories/schedule-templates.ts';
import { requireValidCadence } from '../domain/cadence.ts';
import { type CadenceArguments, parseCadenceArguments } from '../domain/cadence-arguments.ts';
import { requireValidSpread } from '../domain/template-spread.ts';
import { judgeTemplates, saveTemplate } from '../engine/apply-template.ts';
import { withDatabase } from './command-context.ts';
import { noteUnknownTypes, parseTypes, requireZone } from './schedule-options.ts';
import { templateDocument } from './template-documents.ts';
import { parseTags } from './tenants-tag-command.ts';
import { usageError, wholeNumber } from './usage-error.ts';

interface SetOptions extends CadenceArguments {
  name: string;
  rename?: string;
  zone?: string;
  types?: string;
  keepLast?: string;
  keepDaily?: string;
  keepWeekly?: string;
  keepMonthly?: string;
  allowedAge?: string;
  failedTimes?: string;
  firstPartial?: boolean;
  tags?: string;
  spread?: string;
  dryRun?: boolean;
}

const cadenceOptions = ['every', 'hourly', 'daily', 'weekly', 'monthly', 'cron'] as const;

/** `templates set`: creates the template of that name, or changes what the options name of it. */
export function addTemplatesSet(templates: Command): void {
  templates
    .command('set')
    .description('Create a template, or change what is given here of the one with that name')
    .requiredOption('--name <name>', 'name of the template and of its schedules')
    .option('--rename <name>', 'new name of a template that exists')
    .option('--every <interval>', 'every so many minutes or hours of elapsed time: 15m, 2h')
    .option('--hourly <minute>', 'every hour at that minute: 05; every six hours: 05/6')
    .option('--daily <times>', 'at wall times: 02:00 or 02:00,14:00')
    .option('--weekly <days@times>', 'on weekdays: mon,thu@02:00')
    .option('--monthly <day@times>', 'on a day of the month: 1@02:00, last@02:00, 2tue@02:00')
    .option('--cron <expression>', 'five fields: minute hour day month weekday')
    .option('--zone <zone>', 'IANA time zone of the wall times, such as Europe/Berlin or UTC')
    .option('--types <types>', 'core, all, or keys separated by commas; default of a new one: core')
    .option('--keep-last <count>', 'backup sets that retention keeps; default of a new one: 30')
    .option('--keep-daily <count>', 'and one of each of so many days')
    .option('--keep-weekly <count>', 'and one of each of so many weeks')
    .option('--keep-monthly <count>', 'and one of each of so many months')
    .option('--allowed-age <hours>', 'alert when the last good set is older; 0: by the cadence')
    .option('--failed-times <count>', 'alert after so many failures in a row; 0: the usual rule, which is 3')
    .option('--first-partial', 'alert at the first partial run, which is the usual rule')
    .option('--no-first-partial', 'not at the first partial run')
    .option('--tags <tags>', 'tags of the tenants that it covers, separated by commas')
    .option(
      '--spread <minutes>',
      'distribute the starts of the tenants over so many minutes; 0: all together',
    )
    .option('--dry-run', 'check it and show the result; store nothing')
    .addHelpText(
      'after',
      '\nSchedules change when the template is applied.\n\nExample:\n  tenantkeep templates set --name nightly --daily 02:00 --zone Europe/Berlin --tags gold --spread 60',
    )
    .action(async (options: SetOptions, command: Command) => {
      const name = checkedName(options.name, '--name');
      await withDatabase(command, async ({ database, output }) => {
        const before = (await listTemplates(database)).find(
          (template) => template.name.toLowerCase() === name.toLowerCase(),
        );
        const after = contentOf(name, options, before);
        requireValidCadence(after.cadence, after.timeZone);
        requireValidSpread(after.cadence, after.spreadMinutes);
        noteUnknownTypes(after.spec.policyTypes, output);
        if (options.dryRun === true) {
          output.result({ dryRun: true, created: before === undefined, template: after }, () => [
            `Template ${after.name} would be ${before === undefined ? 'created' : 'changed'}; nothing is stored.`,
          ]);
          return;
        }
        const templateId = await saveTemplate(database, before ?? null, after);
        const judged = (await judgeTemplates(database)).find(
          ({ template }) => template.templateId === templateId,
        )!;
        const { template, standings } = judged;
        const isSame = template.version === before?.version;
        output.result(
          { dryRun: false, created: before === undefined, template: templateDocument(judged) },
          () => [
            `Template ${template.name} is ${isSame ? 'as it was' : `stored as version ${template.version}`}.`,
            `${standings.length} tenants are concerned. "tenantkeep templates apply --template ${JSON.stringify(template.name)} --dry-run" shows what would change.`,
          ],
        );
      });
    });
}

/** What the options say, over what the template says already. */
function contentOf(name: string, options: SetOptions, before: ScheduleTemplate | undefined): TemplateContent {
  if (before === undefined && options.rename !== undefined) {
    throw usageError(`There is no template "${name}" to rename.`, 'Leave --rename out to create it.');
  }
  const hasCadence = cadenceOptions.some((form) => options[form] !== undefined);
  if (before === undefined && options.tags === undefined) {
    throw usageError('A new template needs --tags.', 'Give the tags of the tenants that it covers.');
  }
  const tags = options.tags === undefined ? before!.tags : parseTags(options.tags, '--tags');
  if (tags.length === 0) throw usageError('A template needs at least one tag.');
  return {
    name: options.rename === undefined ? (before?.name ?? name) : checkedName(options.rename, '--rename'),
    cadence: before === undefined || hasCadence ? parseCadenceArguments(options) : before.cadence,
    timeZone:
      before !== undefined && options.zone === undefined
        ? before.timeZone
        : requireZone(options.zone, 'A template'),
    spec: specOf(options, before),
    tags,
    spreadMinutes:
      options.spread === undefined
        ? (before?.spreadMinutes ?? 0)
        : wholeNumber(options.spread, '--spread', 0, 1440),
  };
}

function specOf(options: SetOptions, before: ScheduleTemplate | undefined): TemplateContent['spec'] {
  const alerts = alertsOf(options, before?.spec.alerts ?? {});
  return {
    policyTypes:
      options.types === undefined ? (before?.spec.policyTypes ?? 'core') : parseTypes(options.types),
    retention: retentionOf(options, before?.spec.retention ?? { keepLast: 30 }),
    ...(Object.keys(alerts).length === 0 ? {} : { alerts }),
  };
}

function keptCount(text: string | undefined, option: string, before: number, least: number): number {
  return text === undefined ? before : wholeNumber(text, option, least, 10_000);
}

function retentionOf(options: SetOptions, before: RetentionRule): RetentionRule {
  const rule = {
    keepLast: keptCount(options.keepLast, '--keep-last', before.keepLast, 1),
    daily: keptCount(options.keepDaily, '--keep-daily', before.daily ?? 0, 0),
    weekly: keptCount(options.keepWeekly, '--keep-weekly', before.weekly ?? 0, 0),
    monthly: keptCount(options.keepMonthly, '--keep-monthly', before.monthly ?? 0, 0),
  };
  const { keepLast, ...more } = rule;
  return { keepLast, ...Object.fromEntries(Object.entries(more).filter(([, kept]) => kept > 0)) };
}

function alertsOf(options: SetOptions, before: AlertRule): AlertRule {
  const age =
    options.allowedAge === undefined
      ? before.allowedAgeMinutes
      : wholeNumber(options.allowedAge, '--allowed-age', 0, 8784) * 60;
  const failed =
    options.failedTimes === undefined
      ? before.failedTimes
      : wholeNumber(options.failedTimes, '--failed-times', 0, 100);
  return alertRuleSchema.parse({
    ...(age === undefined || age === 0 ? {} : { allowedAgeMinutes: age }),
    ...(failed === undefined || failed === 0 ? {} : { failedTimes: failed }),
    // The usual rule is said by saying nothing, so that two rules that mean the same are equal.
    ...((options.firstPartial ?? before.firstPartial ?? usualAlertRule.firstPartial)
      ? {}
      : { firstPartial: false }),
  });
}

function checkedName(text: string, option: string): string {
  const name = text.trim();
  if (name === '' || name.length > 200) throw usageError(`${option} must have 1 to 200 characters.`);
  return name;
}
