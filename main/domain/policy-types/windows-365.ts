import type { PolicyType } from './policy-type.ts';
import { assignments, intuneTypes, type PolicyTypeDraft } from './policy-type-builders.ts';

const cloudPc = {
  permission: 'CloudPC.Read.All',
  throttleGroup: 'cloudPc',
  // Graph reference of cloudPcProvisioningPolicy: offered globally and in US Government L4, not in China; its
  // pages contradict each other about L5 (dod), so that cloud is asked.
  notInClouds: ['china'],
  // Tenants without Windows 365 answer 403 or 400. Only with licence words is that an absence: a 400 for an
  // option that the service does not take, or a 403 for a missing permission, must not pass for one.
  unavailable: [{ status: 400, messageIncludes: 'licens', reason: 'not_licensed' }],
} satisfies Partial<PolicyTypeDraft>;

export const windows365Types: readonly PolicyType[] = intuneTypes('Windows 365', [
  {
    ...cloudPc,
    key: 'cloudPcProvisioningPolicies',
    displayName: 'Windows 365 provisioning policies',
    listPath: '/deviceManagement/virtualEndpoint/provisioningPolicies',
    listQuery: { expand: 'assignments' },
    children: [assignments({ inline: 'list' })],
    sets: { scopeIds: null },
  },
  {
    ...cloudPc,
    key: 'cloudPcUserSettings',
    displayName: 'Windows 365 user settings',
    listPath: '/deviceManagement/virtualEndpoint/userSettings',
    children: [assignments()],
    sets: { scopeIds: null },
  },
  {
    ...cloudPc,
    key: 'cloudPcOnPremisesConnections',
    displayName: 'Windows 365 network connections',
    priority: 'extended',
    listPath: '/deviceManagement/virtualEndpoint/onPremisesConnections',
    // Rows are cut short; only health, which is volatile, would need $select.
    detailGetRequired: true,
    volatile: [
      'healthCheckStatus',
      'healthCheckStatusDetail',
      'healthCheckStatusDetails',
      'inUse',
      'healthCheckPaused',
    ],
    secrets: ['adDomainPassword'],
    sets: { scopeIds: null },
  },
  {
    ...cloudPc,
    key: 'cloudPcDeviceImages',
    displayName: 'Windows 365 custom images',
    priority: 'extended',
    listPath: '/deviceManagement/virtualEndpoint/deviceImages',
    volatile: ['status', 'statusDetails', 'osStatus', 'errorCode'],
    sets: { scopeIds: null },
  },
]);
