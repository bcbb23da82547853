import type { PolicyType } from '../../domain/policy-types/policy-type.ts';
import { guidFromText } from '../random.ts';
import type { SimulatedTenant } from '../tenant.ts';
import { buildTenant } from './build-tenant.ts';
import type { TenantPlan } from './build-tenant.ts';

/** The permission that the third demo tenant's administrator did not consent to. */
export const demoMissingPermission = 'DeviceManagementServiceConfig.Read.All';
/** The type that the third demo tenant has no licence for. */
const demoUnlicensedType = 'deviceHealthScripts';

/** Three customers of a managed service provider. Their names are invented. */
const demoCustomers = [
  { name: 'Alder & Finch Dental', domain: 'alderfinch.example', objects: 380, users: 140 },
  { name: 'Brightwater Logistics', domain: 'brightwater.example', objects: 240, users: 620 },
  { name: 'Copperfield Academy', domain: 'copperfield.example', objects: 140, users: 44 },
] as const;

function plan(name: string, domain: string, objects: number, users: number, seed: number): TenantPlan {
  return {
    name,
    domain,
    tenantGuid: guidFromText(`${seed}/${name}`),
    seed: `${seed}/${name}`,
    objects,
    users,
    hostileNames: true,
  };
}

/** The three demo customers; the third lacks a permission (see its app) and the licence of one type. */
export function buildDemoTenants(types: readonly PolicyType[], seed: number): SimulatedTenant[] {
  return demoCustomers.map((customer, index) => {
    const tenant = buildTenant(
      plan(customer.name, customer.domain, customer.objects, customer.users, seed),
      types,
    );
    const unlicensed = types.find((type) => type.key === demoUnlicensedType);
    if (index === 2 && unlicensed) tenant.unavailable.set(unlicensed.listPath, 'notLicensed');
    return tenant;
  });
}

const firstWords = [
  'Amber',
  'Birch',
  'Cobalt',
  'Dune',
  'Elm',
  'Fjord',
  'Garnet',
  'Harbour',
  'Indigo',
  'Juniper',
];
const lastWords = [
  'Works',
  'Clinic',
  'Foods',
  'Partners',
  'Schools',
  'Motors',
  'Energy',
  'Media',
  'Legal',
  'Labs',
];

/** Tenants for scale: `count` of them with `objects` each. */
export function buildScaleTenants(
  types: readonly PolicyType[],
  seed: number,
  count: number,
  objects: number,
): SimulatedTenant[] {
  return Array.from({ length: count }, (_, index) => {
    const word = firstWords[index % firstWords.length]!;
    const trade = lastWords[Math.floor(index / firstWords.length) % lastWords.length]!;
    const name = `${word} ${trade} ${index + 1}`;
    const domain = `${word}${trade}${index + 1}.example`.toLowerCase();
    return buildTenant(plan(name, domain, objects, 30 + ((index * 137) % 900), seed), types);
  });
}
