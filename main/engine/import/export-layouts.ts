import type { ExportTool } from '../../../shared/model/export-tools.ts';

/**
 * What three tools write into their folders, read in their public sources in November 2026 (the names of the files
 * below are those of their repositories). Only facts are kept here: which folder holds what.
 *
 * **IntuneManagement** (Micke-K/IntuneManagement, Extensions/EndpointManager.psm1 and MSGraph.psm1). A folder for each
 * kind of object, called by the tool's own id of it (`DeviceConfiguration`), optionally below one with the name of the
 * organization. `<name>.json` or, by a setting, `<name>_<id>.json`: one object as Graph gave it, with `id`,
 * `@odata.context` and, by a setting, all OData annotations and actions (`#microsoft.graph.assign`); assignments inside.
 * Written by Windows PowerShell, so often UTF-16 with a mark. Beside an object: `<name>_Settings.json` with the settings
 * of an intent (`{"settings": []}`) or of an administrative template (a bare array that names definitions by
 * `definition@odata.bind`). `MigrationTable.json` is a list of groups; the groups lie in `Groups`. Encrypted OMA-URI
 * values are fetched and written in the clear, with `isEncrypted` false.
 *
 * **IntuneCD** (almenscorner/IntuneCD, src/IntuneCD/backup and intunecdlib/BaseBackupModule.py, IntuneCDBase.py). JSON or
 * YAML (PyYAML, which writes YAML 1.1), UTF-8. `<name>_<end of the odata type>.json`, with `--append-id` also `__<id>`.
 * Taken out of every object: id, version, all dates, `@odata.context`, isAssigned, and more. Assignments are inside and
 * name groups by `groupName`, scope tags are names, intents hold `settingsDelta`. `Script Data` and `mobileconfig` hold
 * decoded copies of what the JSON holds, too. OMA-URI values are decrypted, with `isEncrypted` false; some versions
 * leave Graph's whole answer (`{"@odata.context", "value"}`) as the value.
 *
 * **IntuneBackupAndRestore** (jseerden/IntuneBackupAndRestore, IntuneBackupAndRestore/Public/Invoke-IntuneBackup*.ps1).
 * `<name>.json` with the object as Graph's list gave it; nothing is taken out, but PowerShell's `ConvertTo-Json` cut
 * older files at two levels, and what lay deeper is a text such as `System.Collections.Hashtable`. Assignments lie in
 * `Assignments` below, as `<name>.json`, `<id> - <name>.json` or `<id>.json`. Administrative templates are
 * `{"Policy": {}, "Definitions": []}`, in older versions the bare definitions without any policy. Intents have lost
 * their id to the end of the name of their file, and hold `settingsDelta`. `Script Content` holds decoded copies.
 */
export interface ExportLayout {
  tool: ExportTool;
  /** Folder below the export (any case, slashes between parts) → lists of Microsoft Graph that its objects come from. */
  folders: Readonly<Record<string, readonly string[]>>;
  /** Folders whose files repeat what the objects hold, by their last part. */
  copies: readonly string[];
  /** Files that the tool writes for itself, by name, and what they are. */
  ownFiles: Readonly<Record<string, string>>;
  /** Folder inside that of a type with its assignments; null where they are inside the objects. */
  assignmentsFolder: string | null;
  /** Top-level properties that the tool writes in a form of its own, so that comparing them says nothing. */
  ownForms: readonly string[];
}

const dm = '/deviceManagement';
const apps = '/deviceAppManagement';
const appProtection = [
  `${apps}/iosManagedAppProtections`,
  `${apps}/androidManagedAppProtections`,
  `${apps}/windowsManagedAppProtections`,
  `${apps}/mdmWindowsInformationProtectionPolicies`,
  `${apps}/windowsInformationProtectionPolicies`,
  `${apps}/defaultManagedAppProtections`,
  `${apps}/targetedManagedAppConfigurations`,
];

const intuneManagement: ExportLayout = {
  tool: 'IntuneManagement',
  folders: {
    AdministrativeTemplates: [`${dm}/groupPolicyConfigurations`],
    ADMXFiles: [`${dm}/groupPolicyUploadedDefinitionFiles`],
    AndroidOEMConfig: [`${apps}/mobileAppConfigurations`],
    AppConfigurationManagedApp: [`${apps}/targetedManagedAppConfigurations`],
    AppConfigurationManagedDevice: [`${apps}/mobileAppConfigurations`],
    AppleEnrollmentTypes: [`${dm}/appleUserInitiatedEnrollmentProfiles`],
    Applications: [`${apps}/mobileApps`],
    AppProtection: appProtection,
    AssignmentFilters: [`${dm}/assignmentFilters`],
    AuthenticationContext: ['/identity/conditionalAccess/authenticationContextClassReferences'],
    AuthenticationStrengths: ['/policies/authenticationStrengthPolicies'],
    AutoPilot: [`${dm}/windowsAutopilotDeploymentProfiles`],
    AzureBranding: ['/organization/{organizationId}/branding/localizations'],
    CoManagementSettings: [`${dm}/deviceEnrollmentConfigurations`],
    CompliancePolicies: [`${dm}/deviceCompliancePolicies`],
    CompliancePoliciesV2: [`${dm}/compliancePolicies`],
    ComplianceScripts: [`${dm}/deviceComplianceScripts`],
    ConditionalAccess: ['/identity/conditionalAccess/policies'],
    DeviceConfiguration: [`${dm}/deviceConfigurations`],
    DeviceHealthScripts: [`${dm}/deviceHealthScripts`],
    DriverUpdateProfiles: [`${dm}/windowsDriverUpdateProfiles`],
    EndpointSecurity: [`${dm}/intents`],
    EnrollmentRestrictions: [`${dm}/deviceEnrollmentConfigurations`],
    EnrollmentStatusPage: [`${dm}/deviceEnrollmentConfigurations`],
    FeatureUpdates: [`${dm}/windowsFeatureUpdateProfiles`],
    Groups: ['/groups'],
    IntuneBranding: [`${dm}/intuneBrandingProfiles`],
    MacCustomAttributes: [`${dm}/deviceCustomAttributeShellScripts`],
    MacScripts: [`${dm}/deviceShellScripts`],
    NamedLocations: ['/identity/conditionalAccess/namedLocations'],
    Notifications: [`${dm}/notificationMessageTemplates`],
    PolicySets: [`${apps}/policySets`],
    PowerShellScripts: [`${dm}/deviceManagementScripts`],
    QualityUpdates: [`${dm}/windowsQualityUpdateProfiles`],
    ReusableSettings: [`${dm}/reusablePolicySettings`],
    RoleDefinitions: [`${dm}/roleDefinitions`],
    ScopeTags: [`${dm}/roleScopeTags`],
    SettingsCatalog: [`${dm}/configurationPolicies`],
    TermsAndConditions: [`${dm}/termsAndConditions`],
    TermsOfUse: ['/identityGovernance/termsOfUse/agreements'],
    UpdatePolicies: [`${dm}/deviceConfigurations`],
    W365ProvisioningPolicies: [`${dm}/virtualEndpoint/provisioningPolicies`],
    W365UserSettings: [`${dm}/virtualEndpoint/userSettings`],
  },
  copies: [],
  ownFiles: { 'MigrationTable.json': "the tool's table of groups" },
  assignmentsFolder: null,
  ownForms: ['definitionValues'],
};

const intuneCd: ExportLayout = {
  tool: 'IntuneCD',
  folders: {
    'App Configuration': [`${apps}/mobileAppConfigurations`, `${apps}/targetedManagedAppConfigurations`],
    'App Protection': appProtection,
    'Apple Push Notification': [`${dm}/applePushNotificationCertificate`],
    'Apple VPP Tokens': [`${apps}/vppTokens`],
    Applications: [`${apps}/mobileApps`],
    'Autopilot Devices': [`${dm}/windowsAutopilotDeviceIdentities`],
    'Compliance Policies/Policies': [`${dm}/compliancePolicies`, `${dm}/deviceCompliancePolicies`],
    'Compliance Policies/Scripts': [`${dm}/deviceComplianceScripts`, `${dm}/reusablePolicySettings`],
    'Compliance Policies/Message Templates': [`${dm}/notificationMessageTemplates`],
    'Conditional Access': ['/identity/conditionalAccess/policies'],
    'Custom Attributes': [`${dm}/deviceCustomAttributeShellScripts`],
    'Device Categories': [`${dm}/deviceCategories`],
    'Device Configurations': [`${dm}/deviceConfigurations`],
    'Device Management Settings': [`${dm}/settings`],
    'Driver Updates': [`${dm}/windowsDriverUpdateProfiles`],
    'Enrollment Configurations': [`${dm}/deviceEnrollmentConfigurations`],
    'Enrollment Profiles/Windows': [`${dm}/windowsAutopilotDeploymentProfiles`],
    'Enrollment Profiles/Windows/ESP': [`${dm}/deviceEnrollmentConfigurations`],
    'Entra/Authentication Methods': ['/policies/authenticationMethodsPolicy'],
    'Entra/Security Defaults': ['/policies/identitySecurityDefaultsEnforcementPolicy'],
    'Feature Updates': [`${dm}/windowsFeatureUpdateProfiles`],
    Filters: [`${dm}/assignmentFilters`],
    'Group Policy Configurations': [`${dm}/groupPolicyConfigurations`],
    'Managed Google Play': [`${dm}/androidManagedStoreAccountEnterpriseSettings`],
    'Management Intents': [`${dm}/intents`],
    'Partner Connections/Compliance': [`${dm}/complianceManagementPartners`],
    'Partner Connections/Management': [`${dm}/deviceManagementPartners`],
    'Partner Connections/Remote Assistance': [`${dm}/remoteAssistancePartners`],
    'Proactive Remediations': [`${dm}/deviceHealthScripts`],
    'Quality Updates': [`${dm}/windowsQualityUpdateProfiles`],
    Roles: [`${dm}/roleDefinitions`],
    'Scope Tags': [`${dm}/roleScopeTags`],
    'Scripts/Powershell': [`${dm}/deviceManagementScripts`],
    'Scripts/Shell': [`${dm}/deviceShellScripts`],
    'Settings Catalog': [`${dm}/configurationPolicies`],
  },
  copies: ['Script Data', 'mobileconfig'],
  ownFiles: {},
  assignmentsFolder: null,
  ownForms: ['assignments', 'roleScopeTagIds', 'roleAssignments'],
};

const intuneBackupAndRestore: ExportLayout = {
  tool: 'IntuneBackupAndRestore',
  folders: {
    'Administrative Templates': [`${dm}/groupPolicyConfigurations`],
    'App Protection Policies': appProtection,
    'Autopilot Deployment Profiles': [`${dm}/windowsAutopilotDeploymentProfiles`],
    'Client Apps': [`${apps}/mobileApps`],
    'Device Compliance Policies': [`${dm}/deviceCompliancePolicies`],
    'Device Configurations': [`${dm}/deviceConfigurations`],
    'Device Health Scripts': [`${dm}/deviceHealthScripts`],
    'Device Management Intents': [`${dm}/intents`],
    'Device Management Scripts': [`${dm}/deviceManagementScripts`],
    'Mobile App Configurations': [`${apps}/mobileAppConfigurations`],
    'Named Locations': ['/identity/conditionalAccess/namedLocations'],
    'Settings Catalog': [`${dm}/configurationPolicies`],
  },
  copies: ['Script Content'],
  ownFiles: { 'Definitions.csv': "the tool's list of ADMX definitions" },
  assignmentsFolder: 'Assignments',
  ownForms: ['definitionValues'],
};

const layouts: Readonly<Record<ExportTool, ExportLayout>> = {
  IntuneManagement: intuneManagement,
  IntuneCD: intuneCd,
  IntuneBackupAndRestore: intuneBackupAndRestore,
};

export function layoutOf(tool: ExportTool): ExportLayout {
  return layouts[tool];
}

/** The part of a file's folder that the layout knows, the longest one, and the lists behind it; null: none. */
export function folderOf(
  layout: ExportLayout,
  segments: readonly string[],
): { name: string; lists: readonly string[]; rest: readonly string[] } | null {
  const known = new Map(Object.entries(layout.folders).map(([name, lists]) => [name.toLowerCase(), lists]));
  for (let length = Math.min(segments.length, 3); length > 0; length -= 1) {
    for (let start = 0; start + length <= segments.length; start += 1) {
      const name = segments.slice(start, start + length).join('/');
      const lists = known.get(name.toLowerCase());
      if (lists !== undefined) return { name, lists, rest: segments.slice(start + length) };
    }
  }
  return null;
}

/**
 * The tool that wrote a folder, by the names of the folders in it; null where no layout fits, or two fit as well.
 * Names that two tools share decide nothing alone; the shapes that only one has do.
 */
export function detectTool(
  files: readonly { segments: readonly string[]; name: string }[],
): ExportTool | null {
  const scores = Object.values(layouts).map((layout) => ({
    tool: layout.tool,
    score: scoreOf(layout, files),
  }));
  scores.sort((a, b) => b.score - a.score);
  const [best, next] = scores;
  return best !== undefined && next !== undefined && best.score > next.score ? best.tool : null;
}

function scoreOf(
  layout: ExportLayout,
  files: readonly { segments: readonly string[]; name: string }[],
): number {
  const found = new Set<string>();
  for (const { segments, name } of files) {
    const folder = folderOf(layout, segments);
    if (folder !== null) found.add(folder.name);
    const last = segments.at(-1);
    if (last !== undefined && (last === layout.assignmentsFolder || layout.copies.includes(last))) {
      found.add(`…/${last}`);
    }
    if (name in layout.ownFiles) found.add(`…/${name}`);
  }
  return found.size;
}
