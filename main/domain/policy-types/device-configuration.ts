import { deviceConfigurationODataTypes } from './device-configuration-odata-types.ts';
import type { PolicyType } from './policy-type.ts';
import {
  assignments,
  collection,
  groupAssignments,
  intuneTypes,
  odataTypes,
  single,
} from './policy-type-builders.ts';
import { settingsCatalogType } from './settings-catalog-list.ts';

export const deviceConfigurationTypes: readonly PolicyType[] = intuneTypes('Device configuration', [
  settingsCatalogType({
    key: 'settingsCatalogPolicies',
    displayName: 'Settings catalog policies',
    families: [
      'none',
      'deviceConfigurationPolicies',
      'appQuietTime',
      'companyPortal',
      'windowsOsRecoveryPolicies',
      'windowsRecoveryAndRemediationConfiguration',
      'unknownFutureValue',
    ],
    fallback: true,
  }),
  {
    // Update rings and Apple updates are rows of this list and policy types of their own: see updates.ts.
    key: 'deviceConfigurations',
    displayName: 'Device configuration profiles (templates)',
    listPath: '/deviceManagement/deviceConfigurations',
    split: { property: '@odata.type', values: odataTypes(deviceConfigurationODataTypes), fallback: true },
    children: [
      assignments(),
      // Only custom profiles have omaSettings; encrypted values of them read as ****. Microsoft's data says that
      // a read permission gives them in clear, a refusal in the field asked for write permissions: we take what
      // reading gives and ask for no more.
      single('omaSettingPlainText', {
        below: "getOmaSettingPlainTextValue(secretReferenceValueId='{secretReferenceValueId}')",
        when: { propertyPresent: 'secretReferenceValueId' },
        forEach: {
          child: 'omaSettings',
          parameter: 'secretReferenceValueId',
          property: 'secretReferenceValueId',
        },
        importance: 'enrichment',
      }),
      groupAssignments(),
    ],
    volatile: [
      'version',
      'supportsScopeTags',
      'deviceManagementApplicabilityRuleOsEdition@odata.context',
      'qualityUpdatesPauseStartDate',
      'featureUpdatesPauseStartDate',
      'qualityUpdatesRollbackStartDateTime',
      'featureUpdatesRollbackStartDateTime',
    ],
    secrets: ['omaSettingPlainText'],
    sets: { omaSettings: 'omaUri' },
    permission: 'DeviceManagementConfiguration.Read.All',
    odataTypes: deviceConfigurationODataTypes,
  },
  {
    key: 'groupPolicyConfigurations',
    displayName: 'Administrative templates (ADMX)',
    listPath: '/deviceManagement/groupPolicyConfigurations',
    children: [
      collection('definitionValues', { expand: 'definition' }),
      // One read for each definition value: the part of a backup with the most requests.
      collection('presentationValues', {
        below: 'definitionValues/{definitionValueId}/presentationValues',
        expand: 'presentation',
        forEach: { child: 'definitionValues', parameter: 'definitionValueId', property: 'id' },
      }),
      assignments(),
    ],
    // Texts of Microsoft's catalog: good to read, no part of what the tenant has set. Ids are compared.
    volatile: ['explainText', 'supportedOn', 'label'],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    // Graph never hands back the ADMX text itself (content is always null).
    key: 'groupPolicyUploadedDefinitionFiles',
    displayName: 'Imported ADMX files',
    priority: 'extended',
    listPath: '/deviceManagement/groupPolicyUploadedDefinitionFiles',
    volatile: ['status', 'uploadDateTime', 'revision'],
    nameProperty: 'fileName',
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'hardwareConfigurations',
    displayName: 'BIOS configurations and other settings',
    priority: 'extended',
    listPath: '/deviceManagement/hardwareConfigurations',
    // configurationFileContent is reliably filled only by the item's own read.
    detailGetRequired: true,
    children: [assignments()],
    volatile: ['version'],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'resourceAccessProfiles',
    displayName: 'Resource access profiles',
    priority: 'extended',
    listPath: '/deviceManagement/resourceAccessProfiles',
    children: [assignments()],
    volatile: ['version'],
    permission: 'DeviceManagementServiceConfig.Read.All',
    odataTypes: [
      'windows10XCertificateProfile',
      'windows10XSCEPCertificateProfile',
      'windows10XTrustedRootCertificate',
      'windows10XVpnConfiguration',
      'windows10XWifiConfiguration',
    ],
  },
]);
