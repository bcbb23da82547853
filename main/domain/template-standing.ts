import type { Cadence } from '../../shared/model/cadence.ts';
import { mayDo, type TenantRole } from '../../shared/model/permissions.ts';
import { type RunSpec, usualAlertRule } from '../../shared/model/run-spec.ts';
import {
  type TemplatedPart,
  templatedParts,
  type TemplateStandingState,
  type TemplateStep,
} from '../../shared/model/template-standings.ts';
import { alertWords, cadenceWords, policyTypeWords, retentionWords } from './schedule-words.ts';
import { spreadCadence } from './template-spread.ts';

/**
 * How tenants stand to a schedule template: what differs, and what applying it would do. Preview, application and
 * drift all come from here, so they cannot disagree.
 */

interface Content {
  name: string;
  cadence: Cadence;
  timeZone: string;
  spec: RunSpec;
}

export interface StandingTemplate extends Content {
  templateId: string;
  version: number;
  tags: readonly string[];
  spreadMinutes: number;
}

export interface StandingTenant {
  tenantId: string;
  name: string;
  tags: readonly string[];
  state: 'connected' | 'disconnected';
  myRole: TenantRole | null;
}

export interface StandingSchedule extends Content {
  scheduleId: string;
  tenantId: string;
  enabled: boolean;
  version: number;
  templateId: string | null;
  templateVersion: number | null;
}

/** A part that differs, in words. */
export interface Difference {
  part: TemplatedPart;
  template: string;
  own: string;
}

export interface TemplateStanding {
  tenantId: string;
  tenantName: string;
  standing: TemplateStandingState;
  /** The tenant's schedule of the template, or the one that has its name; null: there is none. */
  schedule: StandingSchedule | null;
  /** What the schedule should say in this tenant. */
  content: Content;
  differences: Difference[];
  step: TemplateStep;
  /** Why the tenant is left out; null when it is not. */
  leftOut: { code: string; message: string } | null;
}

const reasons = {
  not_visible: {
    code: 'tenant_forbidden',
    message: 'You have no role in this tenant, so its schedules are not visible to you.',
  },
  role: { code: 'tenant_forbidden', message: 'This needs the role manager or owner in the tenant.' },
  disconnected: { code: 'tenant_disconnected', message: 'The tenant is disconnected.' },
  name_taken: {
    code: 'schedule_name_taken',
    message: 'Another schedule of this tenant has this name. It can be taken over.',
  },
  other_template: {
    code: 'schedule_template_taken',
    message: 'Another schedule of this tenant has this name and comes from another template.',
  },
  not_covered: { code: 'tenant_not_covered', message: 'The tenant no longer has a tag of the template.' },
} as const;

/**
 * The standing of every tenant that has a tag of the template or a schedule of it, in the order of `tenants`. With
 * `takeOver` a schedule that merely has the template's name is changed instead of left alone.
 */
export function judgeTemplate(
  template: StandingTemplate,
  tenants: readonly StandingTenant[],
  schedules: readonly StandingSchedule[],
  takeOver: boolean,
): TemplateStanding[] {
  const byTenant = Map.groupBy(schedules, ({ tenantId }) => tenantId);
  return tenants.flatMap((tenant) => {
    const own = byTenant.get(tenant.tenantId) ?? [];
    const linked = own.find(({ templateId }) => templateId === template.templateId) ?? null;
    const covered = tenant.tags.some((tag) => template.tags.includes(tag));
    if (!covered && linked === null) return [];
    const sameName = own.find(({ name }) => name.toLowerCase() === template.name.toLowerCase()) ?? null;
    return [judgeTenant(template, tenant, { linked, sameName, covered, takeOver })];
  });
}

/** True when a schedule that comes from the template says something else than the template. */
export function differsFromTemplate(template: StandingTemplate, schedule: StandingSchedule): boolean {
  return differencesOf(contentFor(template, schedule.tenantId), schedule).length > 0;
}

function judgeTenant(
  template: StandingTemplate,
  tenant: StandingTenant,
  seen: {
    linked: StandingSchedule | null;
    sameName: StandingSchedule | null;
    covered: boolean;
    takeOver: boolean;
  },
): TemplateStanding {
  const { linked, sameName, covered, takeOver } = seen;
  const schedule = linked ?? sameName;
  const content = contentFor(template, tenant.tenantId);
  const differences = schedule === null ? [] : differencesOf(content, schedule);
  const row = { tenantId: tenant.tenantId, tenantName: tenant.name, schedule, content, differences };
  const leave = (standing: TemplateStandingState, reason: keyof typeof reasons): TemplateStanding => ({
    ...row,
    standing,
    step: 'left_out',
    leftOut: reasons[reason],
  });
  if (!covered) return leave('not_covered', 'not_covered');
  if (tenant.state === 'disconnected') return leave('disconnected', 'disconnected');
  if (tenant.myRole === null) return leave('not_visible', 'not_visible');

  const holding = { administrator: false, role: tenant.myRole };
  const go = (standing: TemplateStandingState, step: TemplateStep): TemplateStanding =>
    mayDo(step === 'create' ? 'schedule.create' : 'schedule.edit', holding)
      ? { ...row, standing, step, leftOut: null }
      : leave(standing, 'role');
  if (linked !== null) {
    return differences.length > 0
      ? go('drifted', 'change')
      : { ...row, standing: 'in_step', step: 'none', leftOut: null };
  }
  if (sameName === null) return go('missing', 'create');
  if (sameName.templateId !== null) return leave('name_taken', 'other_template');
  return takeOver ? go('name_taken', 'take_over') : leave('name_taken', 'name_taken');
}

function contentFor(template: StandingTemplate, tenantId: string): Content {
  const { name, timeZone, spec, spreadMinutes, templateId } = template;
  return {
    name,
    timeZone,
    spec,
    cadence: spreadCadence(template.cadence, spreadMinutes, `${templateId} ${tenantId}`),
  };
}

function differencesOf(wanted: Content, own: Content): Difference[] {
  return templatedParts.flatMap((part) => {
    const [template, mine] = [valueOf(wanted, part), valueOf(own, part)];
    if (canonical(template) === canonical(mine)) return [];
    return [{ part, template: wordsOf(wanted, part), own: wordsOf(own, part) }];
  });
}

/** What decides whether a part is the same: a count of nothing and an absent rule mean the same. */
function valueOf({ name, cadence, timeZone, spec }: Content, part: TemplatedPart): unknown {
  switch (part) {
    case 'name':
      return name;
    case 'cadence':
      return cadence;
    case 'timeZone':
      return timeZone;
    case 'policyTypes':
      return spec.policyTypes;
    case 'retention': {
      const { keepLast, daily = 0, weekly = 0, monthly = 0 } = spec.retention;
      return { keepLast, daily, weekly, monthly };
    }
    case 'alerts': {
      const { allowedAgeMinutes = null, failedTimes, firstPartial } = { ...usualAlertRule, ...spec.alerts };
      return { allowedAgeMinutes, failedTimes, firstPartial };
    }
  }
}

function wordsOf({ name, cadence, timeZone, spec }: Content, part: TemplatedPart): string {
  switch (part) {
    case 'name':
      return name;
    case 'cadence':
      return cadenceWords(cadence, timeZone);
    case 'timeZone':
      return timeZone;
    case 'policyTypes':
      return policyTypeWords(spec.policyTypes);
    case 'retention':
      return retentionWords(spec.retention);
    case 'alerts':
      return alertWords(spec.alerts ?? {});
  }
}

/** The database stores keys in its own order, and times, days and types are sets: neither makes a difference. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.sort().join()}}`;
}
