import type { FaultBoard } from './faults.ts';
import { numberSetting } from './faults.ts';
import type { Answer, RequestIds } from './graph-errors.ts';
import { graphError, tooManyRequests } from './graph-errors.ts';
import type { GraphRequest, GraphService } from './graph-service.ts';
import { isRecord, recordsOf, textOf } from './json.ts';
import type { Json, JsonRecord } from './json.ts';
import { retryAfterOf } from './request-faults.ts';
import type { TokenGrant } from './token-endpoint.ts';

interface BatchItem {
  id: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: Json;
  dependsOn: string[];
}

/** The answer of a $batch, and the faults of the line that one of its items would have met alone. */
export interface BatchEnvelope {
  version: 'v1.0' | 'beta';
  headers: Readonly<Record<string, string | undefined>>;
  body: Json;
  grant: TokenGrant;
  ids: RequestIds;
}

function malformed(message: string, ids: RequestIds): Answer {
  return graphError(400, 'BadRequest', message, ids);
}

function readItems(envelope: BatchEnvelope): BatchItem[] | Answer {
  const { ids } = envelope;
  const requests = isRecord(envelope.body) ? envelope.body['requests'] : undefined;
  if (!Array.isArray(requests) || requests.length === 0) {
    return malformed('Invalid batch payload format.', ids);
  }
  if (requests.length > 20) {
    return malformed(`Number of batch request steps exceeds the maximum value of 20.`, ids);
  }
  const items: BatchItem[] = [];
  const seen = new Set<string>();
  for (const entry of recordsOf(requests)) {
    const id = textOf(entry, 'id');
    const url = textOf(entry, 'url');
    const method = textOf(entry, 'method').toUpperCase();
    if (id === '' || url === '' || method === '') {
      return malformed('Each batch request needs id, method and url.', ids);
    }
    if (seen.has(id.toLowerCase())) return malformed(`Request Id ${id} has to be unique in a batch.`, ids);
    if (/^https?:/i.test(url)) return malformed('Url must be relative to the version of the batch.', ids);
    seen.add(id.toLowerCase());
    const headers = isRecord(entry['headers']) ? entry['headers'] : {};
    items.push({
      id,
      method,
      url,
      headers: Object.fromEntries(
        Object.entries(headers).map(([key, value]) => [
          key.toLowerCase(),
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      ),
      body: entry['body'] ?? null,
      dependsOn: Array.isArray(entry['dependsOn'])
        ? entry['dependsOn'].filter((value): value is string => typeof value === 'string')
        : [],
    });
  }
  if (items.length !== requests.length) return malformed('Invalid batch payload format.', ids);
  const depending = items.filter((item) => item.dependsOn.length > 0).length;
  if (depending > 0 && depending < items.length - 1) {
    return malformed('Dependencies must be fully serial or absent.', ids);
  }
  return items;
}

/** Answers a $batch: 200 with an answer for each item, in any order, or 400 when it is malformed. */
export function answerBatch(envelope: BatchEnvelope, service: GraphService, faults: FaultBoard): Answer {
  const { grant, ids } = envelope;
  const items = readItems(envelope);
  if (!Array.isArray(items)) return items;
  const standing = faults.take('batch', service.place(grant, '/$batch'));
  const has = (name: string) => standing.find((fault) => fault.name === name);
  const failing = has('batch-error');
  if (failing) {
    const status = numberSetting(failing, 'status', 503);
    return status === 429
      ? tooManyRequests('generic', failing.settings?.['retryAfter'] ?? null, ids)
      : graphError(status, 'UnknownError', '', ids);
  }
  const throttling = has('batch-throttle');
  const answered = new Map<string, number>();
  let responses: JsonRecord[] = items.map((item) => {
    const request = itemRequest(item, envelope, service);
    const failedDependency = item.dependsOn.some((id) => (answered.get(id) ?? 424) >= 400);
    let answer: Answer;
    if (failedDependency) {
      answer = graphError(424, 'FailedDependency', 'A request that this one depends on failed.', request.ids);
    } else if (throttling && faults.random.chance(0.5)) {
      answer = tooManyRequests(
        'generic',
        retryAfterOf(throttling, 'none', service.faultContext(request)),
        request.ids,
      );
    } else {
      answer = service.answer(request);
    }
    answered.set(item.id, answer.status);
    return {
      id: item.id,
      status: answer.status,
      headers: {
        'Cache-Control': 'no-cache',
        'x-ms-resource-unit': answer.headers['x-ms-resource-unit'] ?? '1',
        'Content-Type':
          'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false',
        'request-id': request.ids.requestId,
        'client-request-id': request.ids.clientRequestId,
        ...answer.headers,
      },
      body: answer.rawText ?? answer.body,
    };
  });
  if (has('batch-lost-item')) responses.splice(faults.random.integer(0, responses.length - 1), 1);
  if (has('batch-doubled-item') && responses[0]) responses.push(responses[0]);
  if (has('batch-shuffle')) responses = faults.random.shuffle(responses);
  return { status: 200, headers: {}, body: { responses } };
}

function itemRequest(item: BatchItem, envelope: BatchEnvelope, service: GraphService): GraphRequest {
  const at = item.url.indexOf('?');
  const path = at < 0 ? item.url : item.url.slice(0, at);
  return {
    method: item.method,
    version: envelope.version,
    path: path.startsWith('/') ? path : `/${path}`,
    query: new URLSearchParams(at < 0 ? '' : item.url.slice(at + 1)),
    headers: item.headers,
    body: item.body,
    grant: envelope.grant,
    ids: service.identify(item.headers['client-request-id']),
  };
}
