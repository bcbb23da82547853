import { assignments, collection, type PolicyTypeDraft } from './policy-type-builders.ts';

/**
 * One Graph list feeds five policy types: settings catalog, endpoint security, baselines, Linux scripts and
 * Autopilot device preparation. Each takes the template families it names; a new family falls to the settings
 * catalog, so that none is lost.
 */
export function settingsCatalogType(
  own: Pick<PolicyTypeDraft, 'key' | 'displayName'> & { families: readonly string[]; fallback?: boolean },
): PolicyTypeDraft {
  const { families, fallback, ...names } = own;
  return {
    ...names,
    listPath: '/deviceManagement/configurationPolicies',
    nameProperty: 'name',
    split: { property: 'templateReference.templateFamily', values: families, fallback: fallback ?? false },
    children: [
      // Pages of 25 were seen: a reader of one page loses settings silently. settingCount proves the end.
      collection('settings', { countProperty: 'settingCount' }),
      assignments({ nonEmptyProperty: 'isAssigned' }),
    ],
    volatile: ['settingCount', 'isAssigned'],
    // Secret setting values are known by their @odata.type, not by a name. Values inside a setting keep their
    // order (firewall rules); the settings of a policy have none of their own.
    sets: { settings: 'settingInstance.settingDefinitionId' },
    permission: 'DeviceManagementConfiguration.Read.All',
  };
}
