import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { instantFromMs } from '../../shared/model/instant.ts';
import { checkPermission, nameObjects, readAuthorization } from './graph-access.ts';
import { readCollection, renderObject, selection } from './collection-reader.ts';
import type { RequestCounters } from './counters.ts';
import type { FaultBoard } from './faults.ts';
import {
  graphError,
  missingIntunePermission,
  noRoute,
  notApplicableToTenant,
  notFound,
  segmentNotFound,
  tooManyRequests,
} from './graph-errors.ts';
import type { Answer, RequestIds } from './graph-errors.ts';
import { isRecord } from './json.ts';
import type { Json } from './json.ts';
import { expandTrap, listRow } from './list-rows.ts';
import { contextOf, findObject, keepsUnknown, namePart, templateOf } from './object-paths.ts';
import { QueryRefused, parseExpand } from './odata-query.ts';
import { answerOfFault, licenceMissing, premiumMissing } from './request-faults.ts';
import type { FaultContext } from './request-faults.ts';
import { decodePath } from './routes.ts';
import type { Route, RouteMatch } from './routes.ts';
import type { StoredObject, StoredPart } from './tenant.ts';
import { resourceUnits } from './throttle.ts';
import type { Throttle } from './throttle.ts';
import type { TokenEndpoint, TokenGrant } from './token-endpoint.ts';

/** One Graph request: alone on the line, or an item of a $batch. */
export interface GraphRequest {
  method: string;
  version: 'v1.0' | 'beta';
  /** Below the version, still encoded, without query. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Json;
  grant: TokenGrant;
  ids: RequestIds;
}

/** Plays Graph's read side for all tenants. */
export class GraphService {
  readonly #clock: Clock;
  readonly #router: (segments: readonly string[]) => RouteMatch | null;
  readonly #faults: FaultBoard;
  readonly #throttle: Throttle;
  readonly #counters: RequestCounters;
  readonly #tokens: TokenEndpoint;
  graphUrl = '';

  constructor(parts: {
    clock: Clock;
    router: (segments: readonly string[]) => RouteMatch | null;
    faults: FaultBoard;
    throttle: Throttle;
    counters: RequestCounters;
    tokens: TokenEndpoint;
  }) {
    this.#clock = parts.clock;
    this.#router = parts.router;
    this.#faults = parts.faults;
    this.#throttle = parts.throttle;
    this.#counters = parts.counters;
    this.#tokens = parts.tokens;
  }

  /** New ids for a request; the client's own id is repeated. */
  identify(clientRequestId: string | undefined): RequestIds {
    return {
      requestId: randomUUID(),
      clientRequestId: clientRequestId ?? randomUUID(),
      date: instantFromMs(this.#clock.wallMs()).toISOString(),
    };
  }

  /** The grant behind an Authorization header, or the 401 that Graph gives for it. */
  authorize(header: string | undefined, ids: RequestIds): TokenGrant | Answer {
    return readAuthorization(header, this.#tokens, this.graphUrl, this.#clock.wallMs(), ids);
  }

  /** Answers one read and counts it. Never throws for what a client sent. */
  answer(request: GraphRequest): Answer {
    let segments: string[];
    try {
      segments = decodePath(request.path);
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
      return graphError(400, 'BadRequest', 'The request URI is not valid.', request.ids);
    }
    const match = this.#router(segments);
    const answer = this.#answerMatched(request, segments, match);
    answer.headers['x-ms-resource-unit'] ??= '1';
    this.#counters.countRead(
      request.method,
      `/${request.version}${templateOf(request.path, match)}`,
      answer.status,
    );
    return answer;
  }

  /** Where a fault would bite for this request. */
  place(grant: TokenGrant, path: string): { tenantGuid: string; tenantName: string; path: string } {
    return { tenantGuid: grant.tenant.tenantGuid, tenantName: grant.tenant.name, path };
  }

  #answerMatched(request: GraphRequest, segments: string[], match: RouteMatch | null): Answer {
    const { grant, ids } = request;
    const isNaming = segments.join('/') === 'directoryObjects/getByIds';
    if (request.method !== 'GET' && !(isNaming && request.method === 'POST')) {
      this.#counters.violation(request.method, request.path, grant.tenant.name);
      return graphError(
        405,
        'Request_BadRequest',
        'Specified HTTP method is not allowed for the request target.',
        ids,
      );
    }
    const group = match?.route.throttleGroup ?? 'directory';
    const verdict = this.#throttle.charge({
      clientId: grant.app.clientId,
      tenantGuid: grant.tenant.tenantGuid,
      users: grant.tenant.users,
      group,
      units: resourceUnits(request.path, request.query),
    });
    if (!verdict.allowed) {
      return tooManyRequests(
        match?.route.intune === true ? 'intune' : 'generic',
        verdict.tellsRetryAfter ? String(verdict.retryAfterSeconds) : null,
        ids,
        { 'x-ms-throttle-scope': verdict.scope, 'x-ms-throttle-information': 'ResourceUnitLimitExceeded' },
      );
    }
    const [fault] = this.#faults.take('request', this.place(grant, request.path));
    if (fault) return answerOfFault(fault, this.faultContext(request, match));
    const answer = isNaming ? nameObjects(request, this.graphUrl) : this.#read(request, segments, match);
    if (group === 'directory') {
      answer.headers['x-ms-resource-unit'] = String(resourceUnits(request.path, request.query));
      if (verdict.usage > 0.8) answer.headers['x-ms-throttle-limit-percentage'] = verdict.usage.toFixed(2);
    }
    return answer;
  }

  faultContext(request: GraphRequest, match: RouteMatch | null = null): FaultContext {
    return {
      ids: request.ids,
      path: request.path,
      isIntune: match?.route.intune ?? request.path.startsWith('/device'),
      loginUrl: this.#tokens.loginUrl,
      tenantGuid: request.grant.tenant.tenantGuid,
      acceptedPermissions: match?.route.acceptedPermissions ?? [],
      httpDate: (seconds) => instantFromMs(this.#clock.wallMs() + seconds * 1000).toUTCString(),
    };
  }

  #read(request: GraphRequest, segments: string[], match: RouteMatch | null): Answer {
    const { grant, ids } = request;
    const tenant = grant.tenant;
    const inIntune = /^device(App)?Management$/.test(segments[0] ?? '');
    const standing = this.#faults.take('tenant', this.place(grant, request.path));
    const stands = (name: string) => standing.some((fault) => fault.name === name);
    if (inIntune && (!tenant.intune || stands('no-intune'))) return notApplicableToTenant(ids);
    if (match === null) return segmentNotFound(segments[0] ?? '', ids);
    const { route, rest } = match;
    if (!route.versions.includes(request.version)) return segmentNotFound(route.segments.at(-1) ?? '', ids);
    const refusal = checkPermission(route, request.grant, standing, request.ids);
    if (refusal !== null) return refusal;
    const isPremium = /^\/(policies\/roleManagementPolicies|roleManagement\/)/.test(route.listPath);
    const unavailability = tenant.unavailable.get(route.listPath);
    if (unavailability === 'premiumNeeded' || (stands('no-premium') && isPremium)) return premiumMissing(ids);
    if (unavailability === 'notLicensed' || stands('not-licensed')) return licenceMissing(ids);
    if (unavailability === 'notConfigured') return notFound(route.intune, route.segments.at(-1) ?? '', ids);
    try {
      if (route.shape === 'singleton') {
        const [object] = tenant.collections.get(route.listPath) ?? [];
        if (object === undefined || stands('singleton-absent')) {
          return notFound(route.intune, route.segments.at(-1) ?? '', ids);
        }
        return this.#below(request, route, object, rest, '');
      }
      if (rest.length === 0) return this.#list(request, route);
      return this.#item(request, route, rest);
    } catch (error) {
      if (!(error instanceof QueryRefused)) throw error;
      return graphError(400, 'BadRequest', error.message, ids);
    }
  }

  #list(request: GraphRequest, route: Route): Answer {
    const objects = request.grant.tenant.collections.get(route.listPath) ?? [];
    if (route.listPath === '/policies/roleManagementPolicies' && !request.query.has('$filter')) {
      throw new QueryRefused("The filter on 'scopeId' and 'scopeType' is required.");
    }
    return this.#collection(request, {
      objects,
      context: route.listPath.slice(1),
      pageSize: route.pageSize,
      maxPageSize: route.maxPageSize,
      isDirectory: route.throttleGroup === 'directory',
      countsPages: route.listPath.endsWith('/configurationPolicies'),
      row: (object, selected) => listRow(route.listPath, object.body, selected),
      checkExpand: (name) => {
        const trap = expandTrap(route.listPath, name);
        if (trap === 'alwaysEmpty') return 'alwaysEmpty';
        if (trap === 'refused' || !(route.children.has(name) || route.expands.has(name))) {
          throw new QueryRefused(`Parsing OData Select and Expand failed: '${name}' cannot be expanded.`);
        }
        return 'allowed';
      },
    });
  }

  #collection(
    request: GraphRequest,
    list: Pick<
      Parameters<typeof readCollection>[0],
      | 'objects'
      | 'context'
      | 'pageSize'
      | 'maxPageSize'
      | 'isDirectory'
      | 'countsPages'
      | 'row'
      | 'checkExpand'
    >,
  ): Answer {
    const { headers, query } = request;
    return readCollection({
      ...list,
      context: `${this.graphUrl}/${request.version}/$metadata#${list.context}`,
      url: `${this.graphUrl}/${request.version}${request.path}`,
      query,
      wantsTotal: query.get('$count') === 'true' && headers['consistencylevel'] === 'eventual',
      keepsUnknownEnumMembers: keepsUnknown(headers),
      faults: this.#faults.take('page', this.place(request.grant, request.path)),
      ids: request.ids,
    });
  }

  #item(request: GraphRequest, route: Route, rest: string[]): Answer {
    const [id = '', ...below] = rest;
    const objects = request.grant.tenant.collections.get(route.listPath) ?? [];
    const faults = this.#faults.take('item', this.place(request.grant, request.path));
    const object = findObject(objects, id);
    if (object === undefined || faults.some((fault) => fault.name === 'deleted-after-list')) {
      return notFound(route.intune, id, request.ids);
    }
    if (below.length === 0 && faults.some((fault) => fault.name === 'list-item-mismatch')) {
      const version = object.body['version'];
      const changed: StoredObject = {
        ...object,
        body: {
          ...object.body,
          description: 'Changed after the list was read',
          ...(typeof version === 'number' ? { version: version + 1 } : {}),
        },
      };
      return this.#below(request, route, changed, below, '');
    }
    return this.#below(request, route, object, below, '');
  }

  /** The object itself, one of its parts, or one of its properties. */
  #below(
    request: GraphRequest,
    route: Route,
    object: StoredObject,
    rest: readonly string[],
    prefix: string,
  ): Answer {
    if (rest.length === 0) return this.#single(request, route, object);
    const named = namePart(route, rest, prefix);
    const refuse = () => noRoute(request.path, request.ids);
    if (named === null) {
      const property = rest.length === 1 ? object.body[rest[0]!] : undefined;
      if (property === undefined) return refuse();
      const context = `${this.graphUrl}/${request.version}/$metadata#${contextOf(request.path)}`;
      return {
        status: 200,
        headers: {},
        body: isRecord(property)
          ? { '@odata.context': context, ...property }
          : { '@odata.context': context, value: property },
      };
    }
    const { name, key, child, used } = named;
    if (name === 'getOmaSettingPlainTextValue') {
      // Documented for read permissions, refused with them in the field.
      return missingIntunePermission(['DeviceManagementConfiguration.ReadWrite.All'], request.ids);
    }
    if (child.permission !== null && !request.grant.roles.has(child.permission)) {
      const isCovered = route.acceptedPermissions.some((permission) => request.grant.roles.has(permission));
      if (!isCovered) return missingIntunePermission([child.permission], request.ids);
    }
    const deeper = rest.slice(used);
    const part: StoredPart | undefined = object.parts.get(name);
    if (child.shape === 'single') {
      if (part?.kind !== 'single' || part.body === null) return notFound(route.intune, name, request.ids);
      if (deeper.length > 0) return refuse();
      const context = `${this.graphUrl}/${request.version}/$metadata#${contextOf(request.path)}/$entity`;
      return { status: 200, headers: {}, body: { '@odata.context': context, ...part.body } };
    }
    const objects = part?.kind === 'collection' ? part.objects : [];
    if (deeper.length > 0) {
      const below = findObject(objects, deeper[0]!);
      if (below === undefined) return notFound(route.intune, deeper[0]!, request.ids);
      return this.#below(request, route, below, deeper.slice(1), `${key}/`);
    }
    return this.#collection(request, {
      objects,
      context: contextOf(request.path),
      pageSize: child.pageSize,
      maxPageSize: 1000,
      isDirectory: false,
      countsPages: route.listPath.endsWith('/configurationPolicies') && name === 'settings',
      row: (below) => below.body,
      checkExpand: (expand) => {
        if (expand === 'roleScopeTags') return 'alwaysEmpty';
        const isKnown =
          child.expands.includes(expand) ||
          route.children.has(`${key}/${expand}`) ||
          objects.some((below) => below.parts.has(expand)) ||
          expand === 'settingDefinitions';
        if (!isKnown) throw new QueryRefused(`Could not find a property named '${expand}'.`);
        return 'allowed';
      },
    });
  }

  #single(request: GraphRequest, route: Route, object: StoredObject): Answer {
    const expandText = request.query.get('$expand');
    const expand = expandText === null ? [] : parseExpand(expandText);
    const empty = new Set<string>();
    for (const clause of expand) {
      if (clause.name === 'roleScopeTags') empty.add(clause.name);
      else if (route.listPath === '/deviceManagement/intents' && clause.name === 'assignments') {
        empty.add(clause.name);
      } else if (
        !object.parts.has(clause.name) &&
        !route.children.has(clause.name) &&
        !route.expands.has(clause.name)
      ) {
        throw new QueryRefused(`Could not find a property named '${clause.name}'.`);
      }
    }
    const suffix = route.shape === 'singleton' ? '' : '/$entity';
    const body = renderObject(object, object.body, {
      expand,
      empty,
      selected: selection(request.query),
      keepsUnknownEnumMembers: keepsUnknown(request.headers),
      url: `${this.graphUrl}/${request.version}${request.path}`,
    });
    return {
      status: 200,
      headers: keepsUnknown(request.headers) ? { 'Preference-Applied': 'include-unknown-enum-members' } : {},
      body: {
        '@odata.context': `${this.graphUrl}/${request.version}/$metadata#${route.listPath.slice(1)}${suffix}`,
        ...body,
      },
    };
  }
}
