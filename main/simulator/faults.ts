import { AppError } from '../../shared/errors.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import { tokenRefusals } from './token-errors.ts';

/**
 * Where a fault bites: `token` the token endpoint; `request` in place of a Graph answer; `page` the answer of
 * a list; `item` the answer for one object; `batch` the envelope of a $batch; `transport` the bytes on the
 * line; `tenant` what a tenant has or lacks, for as long as the fault stands.
 */
export type FaultPoint = 'token' | 'request' | 'page' | 'item' | 'batch' | 'transport' | 'tenant';

/** All faults by name: where each bites and what it does (behaviour facts, sections 2 to 9). */
export const faultCatalogue: Readonly<Record<string, { point: FaultPoint; does: string }>> = {
  ...Object.fromEntries(
    Object.entries(tokenRefusals).map(([name, refusal]) => [
      name,
      { point: 'token' as const, does: `AADSTS${refusal.aadsts} ${refusal.error}` },
    ]),
  ),
  'token-slow': { point: 'token', does: 'the token comes late (ms, default 5000)' },
  'token-malformed': { point: 'token', does: '200 with text that is not JSON' },
  'token-short': { point: 'token', does: 'tokens live `seconds`, default 60' },
  'token-no-roles': { point: 'token', does: 'tokens without the roles claim' },
  throttle: {
    point: 'request',
    does: '429; retryAfter: seconds, decimal, `date` or `none` (default 2); body: generic, intune, activity, unknown',
  },
  'server-error': { point: 'request', does: '`status` (default 500) with `code`, default UnknownError' },
  'intune-error': {
    point: 'request',
    does: 'nested Intune message; `status` (default 403), `levels` 1 or 2, `code` default Forbidden',
  },
  'empty-code': { point: 'request', does: '`status` (default 500) with an empty error code' },
  'html-error': { point: 'request', does: '`status` (default 503) with an HTML page' },
  'empty-error': { point: 'request', does: '`status` (default 502) with an empty body' },
  'error-in-success': { point: 'request', does: '200 whose body is an error object' },
  'token-expired': { point: 'request', does: '401 InvalidAuthenticationToken' },
  'claims-challenge': { point: 'request', does: '401 insufficient_claims with a claims value' },
  'no-route': { point: 'request', does: '400 No OData route exists' },
  'bad-request': { point: 'request', does: '400 BadRequest for a query option' },
  'not-applicable': { point: 'request', does: '400 Request not applicable to target tenant' },
  'permission-missing': { point: 'request', does: '403 that names `scopes` (a+b)' },
  'authorization-denied': { point: 'request', does: '403 Authorization_RequestDenied' },
  'app-only-refused': { point: 'request', does: '403 called in app only context' },
  'licence-missing': { point: 'request', does: '403 accessDenied with licence words' },
  'premium-missing': { point: 'request', does: '400 AadPremiumLicenseRequired' },
  'not-found': { point: 'request', does: '404' },
  gone: { point: 'request', does: '410' },
  'empty-page': { point: 'page', does: 'an empty page with a next link comes first' },
  'repeated-link': { point: 'page', does: 'the next link is the page itself' },
  'endless-pages': { point: 'page', does: 'a new next link for ever' },
  'foreign-link': { point: 'page', does: 'the next link points to another host (`host`)' },
  'page-lost': { point: 'page', does: 'pages after the first answer `status` (default 504)' },
  'link-gone': { point: 'page', does: 'pages after the first answer 410' },
  'page-size': { point: 'page', does: 'pages of `rows` (default 1)' },
  'duplicate-row': { point: 'page', does: 'the first row of each page comes twice' },
  'moving-row': { point: 'page', does: 'the last row of each page comes again on the next' },
  'missing-rows': {
    point: 'page',
    does: '`rows` (default 1) rows are left out, while counts still include them',
  },
  'wrong-count': { point: 'page', does: '@odata.count one too high' },
  'no-value': { point: 'page', does: 'a list answer without `value`' },
  'unknown-type': { point: 'page', does: 'the first row has an @odata.type that nobody knows' },
  'unknown-family': { point: 'page', does: 'the first row has an unknown template family' },
  'new-enum-member': {
    point: 'page',
    does: 'the first row has a `platforms` member that needs Prefer: include-unknown-enum-members',
  },
  'large-row': { point: 'page', does: 'the first row is `kilobytes` (default 900) larger' },
  'deleted-after-list': { point: 'item', does: 'items answer 404 though they were listed' },
  'list-item-mismatch': { point: 'item', does: 'the single read has a later version than the list' },
  'batch-shuffle': { point: 'batch', does: 'answers in any order' },
  'batch-throttle': {
    point: 'batch',
    does: 'about half of the items are 429; retryAfter as for throttle (default none)',
  },
  'batch-lost-item': { point: 'batch', does: 'one item has no answer' },
  'batch-doubled-item': { point: 'batch', does: 'one item is answered twice' },
  'batch-error': { point: 'batch', does: 'the envelope is `status` (default 503)' },
  truncated: { point: 'transport', does: 'the body ends in the middle and the connection closes' },
  reset: { point: 'transport', does: 'the connection is reset before an answer' },
  hang: { point: 'transport', does: 'no answer for `ms`, default 120000' },
  slow: { point: 'transport', does: 'the answer comes `ms` late, default 1000' },
  'not-json': { point: 'transport', does: '200 with text that is not JSON' },
  'broken-gzip': { point: 'transport', does: 'a gzip body cut in the middle, with a length that fits' },
  'no-intune': { point: 'tenant', does: 'no Intune licence' },
  'no-premium': {
    point: 'tenant',
    does: 'no Entra ID P2: 400 AadPremiumLicenseRequired for role management',
  },
  'not-licensed': { point: 'tenant', does: 'the paths given are not licensed: 403 with licence words' },
  'singleton-absent': { point: 'tenant', does: 'the singleton was never set up: 404' },
  'scope-missing': { point: 'tenant', does: 'the app lacks `permission`' },
};

/** A fault as given: `name[=key:value,…]` on the command line, or this object at run time. */
export interface FaultSpec {
  name: string;
  /** Name or id of a tenant; absent: all. */
  tenant?: string;
  /** Part of the path, `*` for anything; absent: all. Batch items are matched by their own paths. */
  path?: string;
  /** Chance of each match, 0 to 1; default 1. */
  probability?: number;
  /** How often it bites before it is spent; default without end. */
  count?: number;
  /** How many matches pass unharmed first. */
  after?: number;
  /** Further settings of the fault, as text. */
  settings?: Record<string, string>;
}

export interface StandingFault {
  id: string;
  spec: FaultSpec;
  point: FaultPoint;
  /** Times it has bitten. */
  bitten: number;
}

const commonKeys = new Set(['tenant', 'path', 'probability', 'count', 'after']);

/** Reads `--fault` text. Throws AppError `simulator_fault_unknown` or `simulator_fault_invalid`. */
export function parseFault(text: string): FaultSpec {
  const at = text.indexOf('=');
  const name = (at < 0 ? text : text.slice(0, at)).trim();
  const settings: Record<string, string> = {};
  const spec: FaultSpec = { name, settings };
  for (const pair of at < 0 ? [] : text.slice(at + 1).split(',')) {
    const colon = pair.indexOf(':');
    if (colon < 1) {
      throw new AppError('simulator_fault_invalid', `The fault setting "${pair}" is not key:value.`, {
        nextStep: `Write it as --fault ${name}=path:/deviceManagement/intents,count:2`,
      });
    }
    const key = pair.slice(0, colon).trim();
    const value = pair.slice(colon + 1).trim();
    if (!commonKeys.has(key)) settings[key] = value;
    else if (key === 'tenant' || key === 'path') spec[key] = value;
    else {
      const number = Number(value);
      if (!Number.isFinite(number) || number < 0) {
        throw new AppError(
          'simulator_fault_invalid',
          `The fault setting ${key} must be a number, not "${value}".`,
        );
      }
      spec[key as 'probability' | 'count' | 'after'] = number;
    }
  }
  return checkFault(spec);
}

function checkFault(spec: FaultSpec): FaultSpec {
  if (!Object.hasOwn(faultCatalogue, spec.name)) {
    throw new AppError('simulator_fault_unknown', `The simulator has no fault called "${spec.name}".`, {
      nextStep: `Known faults: ${Object.keys(faultCatalogue).join(', ')}.`,
    });
  }
  return spec;
}

/** The faults that stand now, with the seeded dice that decide about each match. */
export class FaultBoard {
  readonly #random: Random;
  #standing: StandingFault[] = [];
  #matches = new Map<string, number>();
  #nextId = 1;

  constructor(seed: number) {
    this.#random = createRandom(seed ^ 0x5eed);
  }

  /** Sets a fault and answers its id. */
  set(fault: FaultSpec | string): string {
    const spec = typeof fault === 'string' ? parseFault(fault) : checkFault(fault);
    const id = `fault-${this.#nextId++}`;
    this.#standing.push({ id, spec, point: faultCatalogue[spec.name]!.point, bitten: 0 });
    return id;
  }

  /** Takes one fault away, or all of them. */
  clear(id?: string): void {
    this.#standing = id === undefined ? [] : this.#standing.filter((fault) => fault.id !== id);
  }

  list(): readonly StandingFault[] {
    return this.#standing;
  }

  /** The faults that bite at this point now; each is counted as having bitten. */
  take(
    point: FaultPoint,
    where: { tenantGuid: string; tenantName: string; path: string },
    only?: (name: string) => boolean,
  ): FaultSpec[] {
    if (this.#standing.length === 0) return [];
    const taken: FaultSpec[] = [];
    for (const fault of this.#standing) {
      const { spec } = fault;
      if (fault.point !== point || (only && !only(spec.name))) continue;
      if (spec.tenant !== undefined && !matchesTenant(spec.tenant, where)) continue;
      if (spec.path !== undefined && !matchesPath(spec.path, where.path)) continue;
      if (fault.bitten >= (spec.count ?? Number.POSITIVE_INFINITY)) continue;
      const matches = (this.#matches.get(fault.id) ?? 0) + 1;
      this.#matches.set(fault.id, matches);
      if (matches <= (spec.after ?? 0)) continue;
      if (spec.probability !== undefined && !this.#random.chance(spec.probability)) continue;
      fault.bitten++;
      taken.push(spec);
    }
    return taken;
  }

  /** Dice for faults that need more choices than "now or not". */
  get random(): Random {
    return this.#random;
  }
}

function matchesTenant(wanted: string, where: { tenantGuid: string; tenantName: string }): boolean {
  return (
    where.tenantGuid === wanted.toLowerCase() || where.tenantName.toLowerCase().includes(wanted.toLowerCase())
  );
}

function matchesPath(pattern: string, path: string): boolean {
  let from = 0;
  for (const part of pattern.split('*')) {
    const at = path.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  // A pattern without a star at its end must reach the end or a segment's border: /intents is not /intentsOld.
  const rest = path.slice(from);
  return pattern.endsWith('*') || rest === '' || '/?('.includes(rest[0]!) || pattern.endsWith('/');
}

/** A whole-number setting of a fault. */
export function numberSetting(fault: FaultSpec, key: string, otherwise: number): number {
  const value = Number(fault.settings?.[key] ?? otherwise);
  return Number.isFinite(value) ? value : otherwise;
}
