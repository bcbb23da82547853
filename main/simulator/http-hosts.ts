import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Clock } from '../clock.ts';
import { AppError } from '../../shared/errors.ts';
import { instantFromMs } from '../../shared/model/instant.ts';
import { answerBatch } from './batch.ts';
import type { RequestCounters } from './counters.ts';
import type { FaultBoard, FaultSpec } from './faults.ts';
import { numberSetting } from './faults.ts';
import type { Answer, RequestIds } from './graph-errors.ts';
import { graphError, segmentNotFound } from './graph-errors.ts';
import type { GraphService } from './graph-service.ts';
import { parseJson } from './json.ts';
import type { Json } from './json.ts';
import type { Random } from './random.ts';
import type { TokenEndpoint } from './token-endpoint.ts';

/** How long each Graph answer is held back: `meanMs` ± `spreadMs`. */
export interface Latency {
  meanMs: number;
  spreadMs: number;
}

export interface HostParts {
  clock: Clock;
  service: GraphService;
  tokens: TokenEndpoint;
  faults: FaultBoard;
  counters: RequestCounters;
  random: Random;
  latency: () => Latency;
  /** Answers the control paths below `/_simulator/`. */
  control: (method: string, path: string, key: string | undefined, body: Json) => Answer;
}

const maxBodyBytes = 4 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Starts an https server on loopback. Throws AppError `simulator_port_taken`. */
export async function listen(
  certificate: { certificatePem: string; privateKeyPem: string },
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<{ server: Server; port: number }> {
  const server = createServer(
    { cert: certificate.certificatePem, key: certificate.privateKeyPem },
    (request, response) => {
      handle(request, response).catch((error: unknown) => {
        // A client that goes away in mid-request is its own business; anything else is our bug and is shown.
        if (request.destroyed || response.destroyed) return;
        response.statusCode = 500;
        response.end(
          `Simulator failure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      });
    },
  );
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new AppError('simulator_port_taken', `Port ${port} is in use by another program.`, {
              nextStep: 'Choose another port with --port, or leave it away for a free one.',
              cause: error,
            })
          : error,
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Handles requests to the Graph host, and the control paths. */
export function createGraphHandler(parts: HostParts) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? '/';
    const at = url.indexOf('?');
    const fullPath = at < 0 ? url : url.slice(0, at);
    const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
    const ids = parts.service.identify(headerOf(request, 'client-request-id'));
    const text = await readBody(request);
    if (fullPath.startsWith('/_simulator/')) {
      const answer = parts.control(
        request.method ?? 'GET',
        fullPath.slice('/_simulator/'.length),
        headerOf(request, 'x-simulator-key'),
        text === null || text === '' ? null : parseJson(text),
      );
      send(parts, request, response, answer, ids);
      return;
    }
    parts.counters.countRoundTrip();
    const [, versionText = '', ...rest] = fullPath.split('/');
    const path = `/${rest.join('/')}`;
    const grant = parts.service.authorize(headerOf(request, 'authorization'), ids);
    if (!('roles' in grant)) {
      parts.counters.countRead(request.method ?? 'GET', '(no valid token)', grant.status);
      send(parts, request, response, grant, ids);
      return;
    }
    const onTheLine = parts.faults.take('transport', parts.service.place(grant, path));
    await hold(parts, response, onTheLine);
    if (response.destroyed) return;
    let answer: Answer;
    if (versionText !== 'v1.0' && versionText !== 'beta') {
      answer = graphError(400, 'BadRequest', 'Invalid version.', ids);
    } else {
      const body = text === null ? undefined : readJson(text);
      if (body === undefined)
        answer = graphError(400, 'BadRequest', 'Unable to read JSON request payload.', ids);
      else if (path === '/$batch' && request.method === 'POST') {
        answer = answerBatch(
          { version: versionText, headers: {}, body, grant, ids },
          parts.service,
          parts.faults,
        );
      } else if (path === '/') {
        answer = segmentNotFound('', ids);
      } else {
        answer = parts.service.answer({
          method: request.method ?? 'GET',
          version: versionText,
          path,
          query,
          headers: {
            prefer: headerOf(request, 'prefer'),
            consistencylevel: headerOf(request, 'consistencylevel'),
          },
          body,
          grant,
          ids,
        });
      }
    }
    send(parts, request, response, answer, ids, onTheLine);
  };
}

/** Handles requests to the login host. */
export function createLoginHandler(parts: HostParts) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'https://login');
    const text = await readBody(request);
    if (url.pathname.endsWith('/oauth2/v2.0/token')) parts.counters.countTokenRequest();
    const answer = parts.tokens.answer({
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      form: new URLSearchParams(text ?? ''),
      headers: request.headers,
    });
    if (answer.delayMs > 0) await waitUnlessClosed(parts.clock, response, answer.delayMs);
    if (!response.destroyed) {
      send(parts, request, response, answer, parts.service.identify(headerOf(request, 'client-request-id')));
    }
  };
}

function readJson(text: string): Json | undefined {
  if (text === '') return null;
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function hold(parts: HostParts, response: ServerResponse, faults: readonly FaultSpec[]): Promise<void> {
  const { meanMs, spreadMs } = parts.latency();
  let delayMs = meanMs === 0 && spreadMs === 0 ? 0 : meanMs + (parts.random.fraction() * 2 - 1) * spreadMs;
  for (const fault of faults) {
    if (fault.name === 'reset') {
      response.destroy();
      return;
    }
    if (fault.name === 'hang') delayMs += numberSetting(fault, 'ms', 120_000);
    if (fault.name === 'slow') delayMs += numberSetting(fault, 'ms', 1000);
  }
  if (delayMs > 0) await waitUnlessClosed(parts.clock, response, delayMs);
}

/** Waits, but no longer than the client does. */
async function waitUnlessClosed(clock: Clock, response: ServerResponse, ms: number): Promise<void> {
  const gone = new AbortController();
  const onClose = () => gone.abort();
  response.once('close', onClose);
  await clock.sleep(ms, gone.signal).catch((error: unknown) => {
    if (!gone.signal.aborted) throw error;
  });
  response.off('close', onClose);
}

function send(
  parts: HostParts,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  ids: RequestIds,
  faults: readonly FaultSpec[] = [],
): void {
  const has = (name: string) => faults.some((fault) => fault.name === name);
  const headers: Record<string, string> = {
    'Cache-Control': 'no-cache',
    'Content-Type':
      'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    Vary: 'Accept-Encoding',
    'Strict-Transport-Security': 'max-age=31536000',
    'request-id': ids.requestId,
    'client-request-id': ids.clientRequestId,
    'x-ms-ags-diagnostic': JSON.stringify({
      ServerInfo: {
        DataCenter: 'Loopback',
        Slice: 'E',
        Ring: '5',
        ScaleUnit: '001',
        RoleInstance: 'SIMULATED',
      },
    }),
    'OData-Version': '4.0',
    Date: instantFromMs(parts.clock.wallMs()).toUTCString(),
    ...answer.headers,
  };
  let payload: Buffer;
  if (has('not-json')) payload = Buffer.from('<<< not what you asked for');
  else if (answer.rawText !== undefined) payload = Buffer.from(answer.rawText);
  else if (answer.body === null) payload = Buffer.alloc(0);
  else if (typeof answer.body === 'string') payload = Buffer.from(answer.body);
  else payload = Buffer.from(JSON.stringify(answer.body));
  if (payload.length > 1024 && /\bgzip\b/.test(headerOf(request, 'accept-encoding') ?? '')) {
    payload = gzipSync(payload, { level: 1 });
    headers['Content-Encoding'] = 'gzip';
    if (has('broken-gzip')) payload = payload.subarray(0, Math.floor(payload.length / 2));
  }
  const status = has('not-json') ? 200 : answer.status;
  if (has('truncated')) {
    // The length promises more than comes before the connection ends.
    response.writeHead(status, { ...headers, 'Content-Length': String(payload.length) });
    response.write(payload.subarray(0, Math.floor(payload.length / 2)), () => response.socket?.destroy());
    return;
  }
  // Chunked as the service does it, except for empty bodies.
  response.writeHead(status, headers);
  response.end(payload);
}
