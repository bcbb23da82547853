import type { JsonRecord } from './json.ts';

/**
 * How a list row differs from the single read of the same object: bodies that the list leaves null, and
 * properties that it leaves away (behaviour facts, section 8: "list rows lack content").
 */
const nulled: Readonly<Record<string, readonly string[]>> = {
  '/deviceManagement/deviceManagementScripts': ['scriptContent'],
  '/deviceManagement/deviceShellScripts': ['scriptContent'],
  '/deviceManagement/deviceCustomAttributeShellScripts': ['scriptContent'],
  '/deviceManagement/deviceHealthScripts': ['detectionScriptContent', 'remediationScriptContent'],
  '/deviceManagement/deviceComplianceScripts': ['detectionScriptContent'],
  '/deviceManagement/hardwareConfigurations': ['configurationFileContent'],
  '/deviceManagement/intuneBrandingProfiles': [
    'themeColorLogo',
    'lightBackgroundLogo',
    'landingPageCustomizedImage',
  ],
  '/deviceAppManagement/iosLobAppProvisioningConfigurations': ['payload'],
  '/deviceAppManagement/mobileApps': ['largeIcon'],
};

const left: Readonly<Record<string, readonly string[]>> = {
  '/deviceManagement/reusablePolicySettings': ['settingInstance'],
  '/deviceManagement/roleAssignments': ['members', 'scopeMembers', 'resourceScopes'],
  '/deviceManagement/virtualEndpoint/onPremisesConnections': [
    'healthCheckStatusDetail',
    'healthCheckStatusDetails',
  ],
};

/** An app's row has the properties of the base type only. */
const appRow = new Set([
  '@odata.type',
  'id',
  'displayName',
  'description',
  'publisher',
  'largeIcon',
  'createdDateTime',
  'lastModifiedDateTime',
  'isFeatured',
  'privacyInformationUrl',
  'informationUrl',
  'owner',
  'developer',
  'notes',
  'uploadState',
  'publishingState',
  'isAssigned',
  'dependentAppCount',
  'supersedingAppCount',
  'supersededAppCount',
]);

/** The row that a list gives for an object. `selected` properties are served even where lists leave them out. */
export function listRow(listPath: string, body: JsonRecord, selected: ReadonlySet<string>): JsonRecord {
  const absent = left[listPath];
  const empty = nulled[listPath];
  const isApp = listPath === '/deviceAppManagement/mobileApps';
  if (!absent && !empty && !isApp) return body;
  const row: JsonRecord = {};
  for (const [key, value] of Object.entries(body)) {
    if (!selected.has(key)) {
      if (absent?.includes(key) || (isApp && !appRow.has(key))) continue;
      if (empty?.includes(key)) {
        row[key] = null;
        continue;
      }
    }
    row[key] = value;
  }
  return row;
}

/** What a list does with an expand that it takes badly. */
export type ExpandTrap = 'refused' | 'alwaysEmpty';

/** Expands of lists that the schema declares and the service refuses or answers with an empty array. */
export function expandTrap(listPath: string, name: string): ExpandTrap | null {
  if (name === 'roleScopeTags') return 'alwaysEmpty';
  if (name !== 'assignments') return null;
  if (listPath === '/deviceManagement/intents') return 'alwaysEmpty';
  return [
    '/deviceAppManagement/policySets',
    '/deviceManagement/termsAndConditions',
    '/deviceAppManagement/mobileApps',
  ].includes(listPath)
    ? 'refused'
    : null;
}
