import type { TemplateStandingState } from '../../shared/model/template-standings.ts';
import { cadenceWords } from '../domain/schedule-words.ts';
import type { TemplateStanding } from '../domain/template-standing.ts';
import type { JudgedTemplate } from '../engine/apply-template.ts';

/** Templates and standings as the command line shows them. */

export const standingWords: Readonly<Record<TemplateStandingState, string>> = {
  in_step: 'as the template',
  drifted: 'differs',
  missing: 'missing',
  name_taken: 'name taken',
  not_covered: 'no longer covered',
  disconnected: 'disconnected',
  not_visible: 'not visible',
};

/** "Cadence: Every day at 02:00, not Every day at 03:00; …" */
export function differencesText({ differences }: TemplateStanding): string {
  return differences.map(({ part, template, own }) => `${part}: ${own}, template: ${template}`).join('; ');
}

/** A template with its counts, for `--json`. */
export function templateDocument({ template, standings }: JudgedTemplate): object {
  return {
    id: template.templateId,
    name: template.name,
    version: template.version,
    cadence: template.cadence,
    timeZone: template.timeZone,
    policyTypes: template.spec.policyTypes,
    retention: template.spec.retention,
    alerts: template.spec.alerts ?? {},
    tags: template.tags,
    spreadMinutes: template.spreadMinutes,
    changedAt: template.changedAt.toISOString(),
    changedBy: template.changedBy,
    schedules: template.schedules,
    standings: Object.fromEntries(
      [...Map.groupBy(standings, ({ standing }) => standing)].map(([state, rows]) => [state, rows.length]),
    ),
  };
}

/** A tenant's standing, for `--json`. */
export function standingDocument(standing: TemplateStanding): object {
  const { tenantId, tenantName, schedule, content, differences, step, leftOut } = standing;
  return {
    tenant: { id: tenantId, name: tenantName },
    standing: standing.standing,
    step,
    leftOut,
    schedule:
      schedule === null
        ? null
        : {
            id: schedule.scheduleId,
            name: schedule.name,
            version: schedule.version,
            templateVersion: schedule.templateVersion,
          },
    cadence: content.cadence,
    when: cadenceWords(content.cadence, content.timeZone),
    differences,
  };
}
