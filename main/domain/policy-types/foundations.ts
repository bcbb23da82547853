import type { PolicyType } from './policy-type.ts';
import {
  assignments,
  collection,
  groupAssignments,
  intuneTypes,
  single,
  type PolicyTypeDraft,
} from './policy-type-builders.ts';

/** A connection to another service: what it is set to stays, its heartbeat does not. */
const connector = {
  permission: 'DeviceManagementServiceConfig.Read.All',
  alsoAccepted: ['DeviceManagementConfiguration.Read.All'],
} satisfies Partial<PolicyTypeDraft>;

const rolePermissionSets = {
  'permissions[].actions': null,
  'permissions[].resourceActions[].allowedResourceActions': null,
  'permissions[].resourceActions[].notAllowedResourceActions': null,
  'rolePermissions[].actions': null,
  'rolePermissions[].resourceActions[].allowedResourceActions': null,
  'rolePermissions[].resourceActions[].notAllowedResourceActions': null,
};

export const foundationTypes: readonly PolicyType[] = intuneTypes('Foundations', [
  {
    key: 'intuneRoleDefinitions',
    displayName: 'Intune roles',
    listPath: '/deviceManagement/roleDefinitions',
    // Built-in roles are the same in all tenants.
    listQuery: { filter: 'isBuiltIn eq false' },
    children: [
      // The path below the item answers "No method match route template"; expanding the item works.
      single('roleAssignments', {
        path: '/deviceManagement/roleDefinitions/{id}',
        expand: 'roleAssignments',
        inline: 'item',
      }),
    ],
    sets: { roleAssignments: 'id', ...rolePermissionSets },
    permission: 'DeviceManagementRBAC.Read.All',
    alsoAccepted: ['DeviceManagementConfiguration.Read.All'],
    odataTypes: ['deviceAndAppManagementRoleDefinition'],
  },
  {
    key: 'intuneRoleAssignments',
    displayName: 'Intune role assignments',
    listPath: '/deviceManagement/roleAssignments',
    // Rows lack members and the role.
    detailGetRequired: true,
    children: [
      single('roleDefinition', {
        path: '/deviceManagement/roleAssignments/{id}',
        expand: 'roleDefinition',
        inline: 'item',
      }),
      collection('roleScopeTags', { absentStatuses: [400, 404] }),
    ],
    sets: { members: null, scopeMembers: null, resourceScopes: null, roleScopeTags: 'id' },
    permission: 'DeviceManagementRBAC.Read.All',
    alsoAccepted: ['DeviceManagementConfiguration.Read.All'],
  },
  {
    // Ids are small numbers as text; "0" is the default tag.
    key: 'roleScopeTags',
    displayName: 'Scope tags',
    listPath: '/deviceManagement/roleScopeTags',
    // Never by expand: it adds an array that is always empty.
    children: [assignments()],
    permission: 'DeviceManagementConfiguration.Read.All',
    alsoAccepted: ['DeviceManagementRBAC.Read.All'],
  },
  {
    key: 'assignmentFilters',
    displayName: 'Assignment filters',
    listPath: '/deviceManagement/assignmentFilters',
    // Which policies use the filter: changes with their assignments.
    volatile: ['payloads'],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'intuneBrandingProfiles',
    displayName: 'Company portal branding',
    listPath: '/deviceManagement/intuneBrandingProfiles',
    // Logos are null in the list.
    detailGetRequired: true,
    children: [assignments()],
    nameProperty: 'profileName',
    permission: 'DeviceManagementApps.Read.All',
  },
  {
    key: 'termsAndConditions',
    displayName: 'Terms and conditions',
    listPath: '/deviceManagement/termsAndConditions',
    // The list refuses to expand assignments.
    children: [assignments(), groupAssignments()],
    volatile: ['version'],
    permission: 'DeviceManagementServiceConfig.Read.All',
  },
  {
    key: 'operationApprovalPolicies',
    displayName: 'Multi admin approval policies',
    listPath: '/deviceManagement/operationApprovalPolicies',
    sets: { approverGroupIds: null },
    permission: 'DeviceManagementConfiguration.Read.All',
    alsoAccepted: ['DeviceManagementRBAC.Read.All'],
  },
  {
    key: 'managedDeviceCleanupRules',
    displayName: 'Device clean-up rules',
    listPath: '/deviceManagement/managedDeviceCleanupRules',
    // Not in Microsoft's permission data; from the documentation page.
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    ...connector,
    key: 'deviceManagementPartners',
    displayName: 'Device management partners',
    listPath: '/deviceManagement/deviceManagementPartners',
    volatile: ['lastHeartbeatDateTime', 'partnerState'],
  },
  {
    ...connector,
    key: 'complianceManagementPartners',
    displayName: 'Compliance management partners',
    listPath: '/deviceManagement/complianceManagementPartners',
    volatile: ['lastHeartbeatDateTime', 'partnerState'],
  },
  {
    ...connector,
    // The id is the partner's; there is no name.
    key: 'mobileThreatDefenseConnectors',
    displayName: 'Mobile threat defense connectors',
    listPath: '/deviceManagement/mobileThreatDefenseConnectors',
    nameProperty: null,
    volatile: ['lastHeartbeatDateTime', 'partnerState'],
  },
  {
    ...connector,
    key: 'remoteAssistancePartners',
    displayName: 'Remote assistance partners',
    priority: 'extended',
    listPath: '/deviceManagement/remoteAssistancePartners',
    volatile: ['lastConnectionDateTime'],
  },
  {
    ...connector,
    key: 'remoteAssistanceSettings',
    displayName: 'Remote Help settings',
    priority: 'extended',
    shape: 'singleton',
    listPath: '/deviceManagement/remoteAssistanceSettings',
    nameProperty: null,
  },
  {
    ...connector,
    key: 'exchangeConnectors',
    displayName: 'Exchange connectors',
    priority: 'optional',
    listPath: '/deviceManagement/exchangeConnectors',
    nameProperty: 'serverName',
    volatile: ['lastSyncDateTime', 'status'],
  },
  {
    key: 'ndesConnectors',
    displayName: 'Certificate (NDES) connectors',
    priority: 'extended',
    listPath: '/deviceManagement/ndesConnectors',
    volatile: ['lastConnectionDateTime', 'state'],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    ...connector,
    key: 'onPremisesConditionalAccessSettings',
    displayName: 'Exchange on-premises conditional access',
    priority: 'optional',
    shape: 'singleton',
    listPath: '/deviceManagement/conditionalAccessSettings',
    nameProperty: null,
    // Apps were answered 400 BadRequest whatever their permissions.
    unavailable: [{ status: 400, code: 'BadRequest', reason: 'signed_in_only' }],
  },
  {
    key: 'microsoftTunnelConfigurations',
    displayName: 'Microsoft Tunnel server configurations',
    priority: 'extended',
    listPath: '/deviceManagement/microsoftTunnelConfigurations',
    volatile: ['lastUpdateDateTime'],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'microsoftTunnelSites',
    displayName: 'Microsoft Tunnel sites',
    priority: 'extended',
    listPath: '/deviceManagement/microsoftTunnelSites',
    // Servers come and go and report their health.
    children: [collection('servers', { below: 'microsoftTunnelServers', importance: 'enrichment' })],
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'derivedCredentials',
    displayName: 'Derived credential settings',
    priority: 'extended',
    listPath: '/deviceManagement/derivedCredentials',
    // Not in Microsoft's permission data; as for its siblings.
    permission: 'DeviceManagementConfiguration.Read.All',
  },
  {
    key: 'certificationAuthorities',
    displayName: 'Cloud PKI certification authorities',
    priority: 'extended',
    listPath: '/deviceManagement/cloudCertificationAuthority',
    permission: 'DeviceManagementCloudCA.Read.All',
    // Part of the Intune Suite.
    unavailable: [{ status: 400, messageIncludes: 'licens', reason: 'not_licensed' }],
  },
  {
    key: 'serviceNowConnections',
    displayName: 'ServiceNow connections',
    priority: 'optional',
    listPath: '/deviceManagement/serviceNowConnections',
    nameProperty: null,
    volatile: ['lastQueriedDateTime'],
    // May embed a client secret.
    secrets: ['authenticationMethod'],
    // Not in Microsoft's permission data; as for its siblings.
    permission: 'DeviceManagementConfiguration.Read.All',
  },
]);
