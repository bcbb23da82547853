import { createSecureContext, getCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { Agent, request, type Dispatcher } from 'undici';
import { errorText } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { GraphLimits } from './graph-limits.ts';

/** Why an exchange gave no whole answer. */
export type TransportFault =
  /** No connection: refused, unknown host, network down. */
  | 'unreachable'
  /** The server's certificate is not trusted, or TLS could not be agreed on. */
  | 'untrusted'
  /** The connection broke, or the body ended early. */
  | 'broken'
  | 'timeout'
  | 'too_large'
  /** The body says it is compressed and is not, or in a way that was not offered. */
  | 'undecodable';

/** No whole answer came. The message names the host, never a path, query or header. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly fault: TransportFault;
  readonly host: string;
  constructor(fault: TransportFault, host: string, cause?: unknown) {
    super(faultSentence(fault, host), cause === undefined ? undefined : { cause });
    this.fault = fault;
    this.host = host;
  }
}

export interface TransportRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  /** Opens a connection of its own: Graph asks for that when a gateway has failed. */
  freshConnection?: boolean;
  maxBytes?: number;
  timeoutMs?: number;
}

export interface TransportAnswer {
  status: number;
  /** Lower-case names; repeated headers are joined by a comma. */
  headers: Readonly<Record<string, string>>;
  /** The whole body after decompression. */
  body: Uint8Array;
}

/** Sends one HTTP exchange and reads its answer to the end. */
export interface HttpTransport {
  send(request: TransportRequest): Promise<TransportAnswer>;
  close(): Promise<void>;
}

const unzip = promisify(gunzip);
/** Up to this many compressed bytes the hop to another thread costs this one more than the work. */
const unzipInPlaceLimit = 16 * 1024;

/** Opens a transport that trusts the system's certificate authorities and those given. */
export function openHttpTransport(options: {
  ca: string | null;
  limits: GraphLimits;
  clock: Clock;
}): HttpTransport {
  const { limits, clock } = options;
  // One context for all connections: building it from the system's authorities is slow.
  const secureContext =
    options.ca === null
      ? undefined
      : createSecureContext({ ca: [...getCACertificates('default'), options.ca] });
  const shared = {
    connections: limits.connectionsPerHost,
    headersTimeout: limits.headersTimeoutMs,
    bodyTimeout: limits.bodyTimeoutMs,
    connect: { timeout: limits.connectTimeoutMs, ...(secureContext === undefined ? {} : { secureContext }) },
  };
  const agent = new Agent(shared);
  // Without keep-alive every request gets a connection of its own.
  const freshAgent = new Agent({ ...shared, pipelining: 0 });

  async function send(wanted: TransportRequest): Promise<TransportAnswer> {
    wanted.signal?.throwIfAborted();
    const deadline = new AbortController();
    const cancelDeadline = clock.after(
      wanted.timeoutMs ?? limits.exchangeTimeoutMs,
      () => deadline.abort(new TransportError('timeout', wanted.url.host)),
      { unref: true },
    );
    const signal = wanted.signal ? AbortSignal.any([wanted.signal, deadline.signal]) : deadline.signal;
    try {
      const answer = await request(wanted.url, {
        method: wanted.method,
        headers: { ...wanted.headers, 'accept-encoding': 'gzip' },
        ...(wanted.body === undefined ? {} : { body: wanted.body }),
        dispatcher: wanted.freshConnection ? freshAgent : agent,
        signal,
      });
      const headers = plainHeaders(answer.headers);
      const maxBytes = wanted.maxBytes ?? limits.maxResponseBytes;
      const raw = await readAll(answer.body, maxBytes, wanted.url.host);
      return {
        status: answer.statusCode,
        headers,
        body: await decode(raw, headers, maxBytes, wanted.url.host),
      };
    } catch (error) {
      if (wanted.signal?.aborted) throw wanted.signal.reason;
      if (deadline.signal.aborted) throw deadline.signal.reason;
      throw error instanceof TransportError ? error : transportErrorOf(error, wanted.url.host);
    } finally {
      cancelDeadline();
    }
  }

  return {
    send,
    close: async () => {
      await Promise.all([agent.destroy(), freshAgent.destroy()]);
    },
  };
}

async function readAll(
  body: Dispatcher.ResponseData['body'],
  maxBytes: number,
  host: string,
): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let size = 0;
  // Leaving the loop early destroys the stream and with it the connection.
  for await (const piece of body as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBytes) throw new TransportError('too_large', host);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
}

async function decode(
  raw: Uint8Array,
  headers: Readonly<Record<string, string>>,
  maxBytes: number,
  host: string,
): Promise<Uint8Array> {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '' || raw.length === 0) return raw;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw new TransportError('undecodable', host);
  try {
    if (raw.length > unzipInPlaceLimit) return await unzip(raw, { maxOutputLength: maxBytes });
    // A policy shrinks to a tenth: room for that, so that small answers do not each hold on to a large buffer.
    const chunkSize = Math.max(1024, raw.length * 10);
    return gunzipSync(raw, { maxOutputLength: maxBytes, chunkSize });
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new TransportError('too_large', host, error);
    throw new TransportError(code === 'Z_BUF_ERROR' ? 'broken' : 'undecodable', host, error);
  }
}

function plainHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const timeoutCodes = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

function transportErrorOf(error: unknown, host: string): TransportError {
  const code = faultCode(error);
  if (unreachableCodes.has(code)) return new TransportError('unreachable', host, error);
  if (timeoutCodes.has(code)) return new TransportError('timeout', host, error);
  // Node's TLS codes: DEPTH_ZERO_SELF_SIGNED_CERT, UNABLE_TO_VERIFY_LEAF_SIGNATURE, CERT_HAS_EXPIRED, ERR_TLS_…, …
  if (/CERT|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/.test(code))
    return new TransportError('untrusted', host, error);
  return new TransportError('broken', host, error);
}

/** The code of an error or of the first of several (one per address tried). */
function faultCode(error: unknown): string {
  for (let current: unknown = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    const code = (current as { code?: unknown }).code;
    if (typeof code === 'string') return code;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return errorText(error);
}

function faultSentence(fault: TransportFault, host: string): string {
  switch (fault) {
    case 'unreachable':
      return `The host ${host} could not be reached.`;
    case 'untrusted':
      return `The certificate of ${host} is not trusted by this computer.`;
    case 'broken':
      return `The connection to ${host} broke before the answer was whole.`;
    case 'timeout':
      return `The host ${host} did not answer in time.`;
    case 'too_large':
      return `The answer of ${host} is larger than the limit.`;
    case 'undecodable':
      return `The answer of ${host} could not be decompressed.`;
  }
}
