import type { JsonRecord } from '../json.ts';
import { isRecord, recordsOf, textOf } from '../json.ts';
import type { Route } from '../routes.ts';
import { decodePath } from '../routes.ts';
import type { FoundObject } from './decode-json-file.ts';

/** Where an object belongs, and what told so. */
export type Placement =
  | { kind: 'object'; listPath: string; by: 'odataType' | 'odataContext' | 'shape' }
  /** A row of a child list, whose parent may be in another file. */
  | { kind: 'child'; listPath: string; parentId: string; child: string }
  | { kind: 'none'; reason: string };

function singular(segment: string): string {
  return segment.replace(/ies$/, 'y').replace(/s$/, '').toLowerCase();
}

/** Finds places for objects of files, by `@odata.type`, then `@odata.context`, then shape. */
export function createPlacer(routes: readonly Route[]): (found: FoundObject, file: string) => Placement {
  const byType = new Map<string, string>();
  for (const route of routes) {
    if (route.shape === 'singleton') continue;
    for (const type of route.types) {
      for (const kind of type.knownODataTypes)
        byType.set(kind.replace(/^#?microsoft\.graph\./, '').toLowerCase(), route.listPath);
    }
  }
  for (const route of routes) {
    // An entity that is not derived is called like its list: deviceHealthScripts, deviceHealthScript. Some
    // lists leave the prefix deviceManagement away: intents, deviceManagementIntent.
    if (route.shape === 'singleton' || route.types.length === 0) continue;
    const name = singular(route.segments.at(-1)!);
    for (const kind of [name, `devicemanagement${name}`])
      if (!byType.has(kind)) byType.set(kind, route.listPath);
  }
  const paths = new Set(routes.map((route) => route.listPath));

  return (found, file) => {
    const { body } = found;
    const kind = textOf(body, '@odata.type')
      .replace(/^#?microsoft\.graph\./, '')
      .toLowerCase();
    const context = textOf(body, '@odata.context') || (found.listContext ?? '');
    const path = contextPath(context);
    const child = path === null ? null : childOf(path, paths);
    if (child !== null) return child;
    const typed = byType.get(kind);
    if (typed !== undefined) return { kind: 'object', listPath: typed, by: 'odataType' };
    if (path !== null) {
      if (paths.has(path)) return { kind: 'object', listPath: path, by: 'odataContext' };
      return { kind: 'none', reason: `no policy type reads ${path}` };
    }
    const shaped = placeByShape(body, kind, file);
    if (shaped !== null && paths.has(shaped)) return { kind: 'object', listPath: shaped, by: 'shape' };
    return {
      kind: 'none',
      reason:
        kind === ''
          ? 'neither @odata.type nor @odata.context, and no known shape'
          : `unknown @odata.type ${textOf(body, '@odata.type')}`,
    };
  };
}

/** The path of `…$metadata#deviceManagement/intents(assignments())/$entity`: `/deviceManagement/intents`. */
function contextPath(context: string): string | null {
  const at = context.indexOf('$metadata#');
  if (at < 0) return null;
  let path = context.slice(at + '$metadata#'.length).replace(/\/\$entity$/, '');
  // Keys in brackets stay, lists of selected and expanded names go; they nest.
  for (let before = ''; before !== path;) {
    before = path;
    path = path.replaceAll(/\((?!')[^()]*\)/g, '');
  }
  return `/${path}`;
}

function childOf(path: string, paths: ReadonlySet<string>): Placement | null {
  if (!path.includes("('")) return null;
  const segments = decodePath(path);
  for (let length = segments.length - 2; length > 0; length--) {
    const listPath = `/${segments.slice(0, length).join('/')}`;
    const child = segments.slice(length + 1).join('/');
    if (paths.has(listPath) && child !== '') {
      return { kind: 'child', listPath, parentId: segments[length]!, child };
    }
  }
  return null;
}

function placeByShape(body: JsonRecord, kind: string, file: string): string | null {
  const has = (...names: string[]) => names.every((name) => name in body);
  if (has('conditions') && (has('grantControls') || has('sessionControls'))) {
    return '/identity/conditionalAccess/policies';
  }
  if (has('allowedCombinations')) return '/policies/authenticationStrengthPolicies';
  if (has('platform', 'rule')) return '/deviceManagement/assignmentFilters';
  if (has('rolePermissions')) return '/deviceManagement/roleDefinitions';
  if (has('acceptanceStatement')) return '/deviceManagement/termsAndConditions';
  if (has('brandingOptions')) return '/deviceManagement/notificationMessageTemplates';
  if (has('TemplateId', 'settingsDelta') || has('templateId', 'settingsDelta'))
    return '/deviceManagement/intents';
  if (has('settings') && recordsOf(body['settings']).some((row) => isRecord(row['settingInstance']))) {
    const isCompliance = has('scheduledActionsForRule') || /[\\/]compliance[\\/]/i.test(file);
    return isCompliance ? '/deviceManagement/compliancePolicies' : '/deviceManagement/configurationPolicies';
  }
  if (kind.startsWith('deviceenrollment')) return '/deviceManagement/deviceEnrollmentConfigurations';
  if (kind.endsWith('compliancepolicy')) return '/deviceManagement/deviceCompliancePolicies';
  if (kind.endsWith('configuration')) return '/deviceManagement/deviceConfigurations';
  if (kind.endsWith('app')) return '/deviceAppManagement/mobileApps';
  return null;
}
