import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** An answer of the double: JSON by default; bytes as they are; or something nasty on the line. */
export interface DoubleAnswer {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  raw?: string | Buffer;
  /** Cuts the body after this many bytes although the length header promises all. */
  cutAt?: number;
  onTheLine?: 'reset' | 'hang';
}

export interface DoubleRequest {
  method: string;
  /** `v1.0` or `beta`. */
  version: string;
  /** Path below the version with its query, decoded as sent. */
  path: string;
  headers: Record<string, string | string[] | undefined>;
  isInBatch: boolean;
  /** Parsed body of a POST. */
  body: unknown;
}

export interface GraphDouble {
  url: string;
  /** Every request on the line, and every member of a batch, in order of arrival. */
  requests: DoubleRequest[];
  /** Requests on the line only. */
  exchanges(): DoubleRequest[];
  /** Rows by path below the version; a list answers pages of `pageSize`, an object answers itself. */
  data: Map<string, unknown>;
  pageSize: number;
  /** Adds `@odata.count` to first pages. */
  countsFirstPage: boolean;
  /** Looks at each request (and batch member) before the data does. */
  intercept: (request: DoubleRequest) => DoubleAnswer | undefined;
  /** Changes the answers of a batch before they leave. */
  interceptBatch: (responses: BatchResponse[]) => BatchResponse[];
  /** What the data alone answers, past the interceptor's look. */
  answer(request: DoubleRequest): DoubleAnswer;
  close(): Promise<void>;
}

export interface BatchResponse {
  id: string;
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A small Graph on a real socket, holding plain data; it fails the test's read of anything it was not told. */
export async function startGraphDouble(): Promise<GraphDouble> {
  const server = createServer((request, response) => {
    void serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const double: GraphDouble = {
    url,
    requests: [],
    exchanges: () => double.requests.filter((request) => !request.isInBatch),
    data: new Map(),
    pageSize: 25,
    countsFirstPage: false,
    intercept: () => undefined,
    interceptBatch: (responses) => responses,
    answer: (request) => fromData(request),
    close: () => closeServer(server),
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const target = new URL(request.url ?? '/', url);
    const [, version = '', ...rest] = target.pathname.split('/');
    const seen: DoubleRequest = {
      method: request.method ?? '',
      version,
      path: `/${rest.map((part) => decodeURIComponent(part)).join('/')}${decodeURIComponent(target.search)}`,
      headers: request.headers,
      isInBatch: false,
      body: pieces.length > 0 ? JSON.parse(Buffer.concat(pieces).toString('utf8')) : null,
    };
    send(response, answer(seen));
  }

  function answer(request: DoubleRequest): DoubleAnswer {
    double.requests.push(request);
    const nasty = double.intercept(request);
    if (nasty !== undefined) return nasty;
    if (request.path === '/$batch') {
      const { requests } = request.body as { requests: { id: string; url: string; method: string }[] };
      const responses = requests.map((member): BatchResponse => {
        const path = decodeURIComponent(member.url);
        const inner = answer({ ...request, method: member.method, path, isInBatch: true, body: null });
        return {
          id: member.id,
          status: inner.status ?? 200,
          headers: { 'Content-Type': 'application/json', ...inner.headers },
          body: inner.json ?? inner.raw ?? null,
        };
      });
      return { json: { responses: double.interceptBatch(responses) } };
    }
    return fromData(request);
  }

  function fromData(request: DoubleRequest): DoubleAnswer {
    const [path = '', query = ''] = request.path.split('?');
    const value = double.data.get(path);
    if (value === undefined) {
      return { status: 404, json: { error: { code: 'ResourceNotFound', message: 'not found' } } };
    }
    if (!Array.isArray(value)) return { json: value };
    const skip = Number(new URLSearchParams(query).get('$skiptoken') ?? '0');
    const rows = value.slice(skip, skip + double.pageSize);
    const end = skip + double.pageSize;
    const isLast = end >= value.length;
    return {
      json: {
        '@odata.context': `${url}/${request.version}/$metadata#${path.slice(1)}`,
        ...(double.countsFirstPage && skip === 0 ? { '@odata.count': value.length } : {}),
        ...(isLast ? {} : { '@odata.nextLink': `${url}/${request.version}${path}?$skiptoken=${end}` }),
        value: rows,
      },
    };
  }
  return double;
}

/** Sends an answer, gzipped unless it says otherwise, with whatever damage it asks for. */
function send(response: ServerResponse, answer: DoubleAnswer): void {
  if (answer.onTheLine === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (answer.onTheLine === 'hang') return;
  const isRaw = answer.raw !== undefined;
  const body = isRaw
    ? Buffer.from(answer.raw as string)
    : gzipSync(JSON.stringify(answer.json ?? null), { level: 1 });
  response.writeHead(answer.status ?? 200, {
    'content-type': 'application/json',
    'content-length': String(body.length),
    ...(isRaw ? {} : { 'content-encoding': 'gzip' }),
    'request-id': 'request-of-the-double',
    ...answer.headers,
  });
  if (answer.cutAt === undefined) {
    response.end(body);
  } else {
    response.write(body.subarray(0, Math.min(answer.cutAt, body.length - 1)), () =>
      response.socket?.destroy(),
    );
  }
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}
