import type { PolicyType } from './policy-type.ts';
import { collection, entraTypes, notConfiguredWhenMissing } from './policy-type-builders.ts';

export const entraDirectoryTypes: readonly PolicyType[] = entraTypes('Entra directory', [
  {
    key: 'directoryRoleDefinitions',
    displayName: 'Entra roles (custom)',
    listPath: '/roleManagement/directory/roleDefinitions',
    listQuery: { filter: 'isBuiltIn eq false' },
    sets: { 'rolePermissions[].allowedResourceActions': null, resourceScopes: null },
    permission: 'RoleManagement.Read.Directory',
    alsoAccepted: ['Directory.Read.All', 'RoleManagement.Read.All'],
  },
  {
    key: 'directoryRoleAssignments',
    displayName: 'Entra role assignments',
    priority: 'extended',
    listPath: '/roleManagement/directory/roleAssignments',
    // Never with its principal expanded: Graph cuts an expanded directory list at 20 rows without a next link.
    // Names of principals come with the set's references.
    nameProperty: null,
    permission: 'RoleManagement.Read.Directory',
    alsoAccepted: ['Directory.Read.All'],
  },
  {
    key: 'administrativeUnits',
    displayName: 'Administrative units',
    listPath: '/directory/administrativeUnits',
    children: [
      // The members of a unit with a rule follow from the rule.
      collection('members', { when: { propertyAbsent: 'membershipRule' }, importance: 'enrichment' }),
      collection('scopedRoleMembers', { permission: 'RoleManagement.Read.Directory' }),
    ],
    volatile: ['deletedDateTime'],
    sets: { members: 'id', scopedRoleMembers: 'id' },
    permission: 'AdministrativeUnit.Read.All',
    alsoAccepted: ['Directory.Read.All'],
  },
  {
    // beta calls the same collection /settings.
    key: 'groupSettings',
    displayName: 'Directory (group) settings',
    listPath: '/groupSettings',
    sets: { values: 'name' },
    permission: 'GroupSettings.Read.All',
    alsoAccepted: ['Directory.Read.All', 'Group.Read.All'],
  },
  {
    key: 'domains',
    displayName: 'Domains',
    priority: 'extended',
    listPath: '/domains',
    nameProperty: 'id',
    volatile: ['state'],
    sets: { supportedServices: null },
    permission: 'Domain.Read.All',
    alsoAccepted: ['Directory.Read.All'],
  },
  {
    // One row, whose id is the tenant's: proof of which tenant a token belongs to.
    key: 'organization',
    displayName: 'Organization profile',
    listPath: '/organization',
    volatile: [
      'onPremisesLastSyncDateTime',
      'onPremisesLastPasswordSyncDateTime',
      'directorySizeQuota',
      'provisionedPlans',
      'assignedPlans',
    ],
    sets: {
      verifiedDomains: 'name',
      businessPhones: null,
      technicalNotificationMails: null,
      securityComplianceNotificationMails: null,
      securityComplianceNotificationPhones: null,
      marketingNotificationEmails: null,
    },
    permission: 'Organization.Read.All',
    alsoAccepted: [
      'Directory.Read.All',
      'User.Read.All',
      'DeviceManagementConfiguration.Read.All',
      'DeviceManagementServiceConfig.Read.All',
    ],
  },
  {
    // Images are streams of their own and not part of the answer: see not-offered.ts.
    key: 'organizationalBranding',
    displayName: 'Sign-in page branding',
    priority: 'extended',
    listPath: '/organization/{organizationId}/branding/localizations',
    nameProperty: 'id',
    permission: 'OrganizationalBranding.Read.All',
    alsoAccepted: ['Organization.Read.All'],
    unavailable: [notConfiguredWhenMissing],
  },
  {
    key: 'applications',
    displayName: 'App registrations',
    priority: 'optional',
    listPath: '/applications',
    // 999 is the documented maximum of this list.
    listQuery: { top: 999 },
    volatile: ['deletedDateTime'],
    // Null on a plain read; should Graph ever give it, it does not stand in clear. `key` of a certificate is
    // public and, as a name, also stands for settings of add-ins.
    secrets: ['secretText'],
    sets: {
      identifierUris: null,
      tags: null,
      appRoles: 'id',
      keyCredentials: 'keyId',
      passwordCredentials: 'keyId',
      requiredResourceAccess: 'resourceAppId',
      'requiredResourceAccess[].resourceAccess': 'id',
      'api.oauth2PermissionScopes': 'id',
      'api.preAuthorizedApplications': 'appId',
      'web.redirectUris': null,
      'spa.redirectUris': null,
      'publicClient.redirectUris': null,
    },
    permission: 'Application.Read.All',
    alsoAccepted: ['Directory.Read.All'],
  },
  {
    // For names of assignment targets use getByIds; this list is for tenants that want all groups kept.
    key: 'groups',
    displayName: 'Groups (name resolution and dynamic rules)',
    priority: 'optional',
    listPath: '/groups',
    listQuery: {
      select:
        'id,displayName,description,groupTypes,securityEnabled,membershipRule,membershipRuleProcessingState,isAssignableToRole',
      top: 999,
    },
    volatile: ['renewedDateTime', 'deletedDateTime', 'onPremisesLastSyncDateTime'],
    sets: { groupTypes: null },
    permission: 'Group.ReadBasic.All',
    alsoAccepted: ['GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All'],
  },
]);
