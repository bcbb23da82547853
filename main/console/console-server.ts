import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChangeNotice } from '../../shared/contract/index.ts';
import { AppError, errorText, isAppError } from '../../shared/errors.ts';
import type { Result } from '../../shared/result.ts';
import type { Router, Session } from '../api/router.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../engine/ports.ts';
import { createAuditDownloads, type ExportAudit } from './audit-downloads.ts';
import { createConsoleSessions } from './console-sessions.ts';
import { createPreparedFiles } from './prepared-files.ts';
import { refuseRequest } from './request-guard.ts';
import { startSetDownload } from './set-downloads.ts';
import { readStaticFile } from '../static-files.ts';

const cookieName = 'tenantkeep_session';
const maxBodyBytes = 1_000_000;
const keepAliveMs = 20_000;

export interface ConsoleOptions {
  /** 0 lets the system choose; the console listens on 127.0.0.1 only. */
  port: number;
  router: Router;
  /** Folder of the built renderer. */
  rendererDirectory: string;
  /** Tries a person's own database login; throws an AppError with a sentence when it is refused. */
  signIn(login: string, password: string): Promise<Session>;
  /** Told when a session ends, so that its connections can be closed. */
  onSessionEnd(session: Session): void;
  /** Calls back with what changed of the things that the session may see; answers how to stop. */
  watch(session: Session, listener: (notice: ChangeNotice) => void): () => void;
  exportAudit: ExportAudit;
  clock: Clock;
  log: Log;
}

export interface Console {
  port: number;
  /** A link for one use within ten minutes that signs its bearer in as `session`. */
  linkFor(session: Session): string;
  close(): Promise<void>;
}

/**
 * The loopback web console: the same renderer and the same router as the desktop, over HTTP. It proves who
 * sent a request, hands `{name, input}` to the router and returns the Result; nothing else is decided here.
 */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const sessions = createConsoleSessions(options.clock, (ended) => options.onSessionEnd(ended));
  const files = createPreparedFiles(options);
  const auditDownloads = createAuditDownloads({ ...options, files });
  const streams = new Set<ServerResponse>();
  let port = 0;

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      options.log.error({ error: errorText(error) }, 'The console could not answer a request');
      if (!response.headersSent) sendText(response, 500, 'The console could not answer.');
      else response.destroy();
    });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setSecurityHeaders(response);
    const refusal = refuseRequest(request, port);
    if (refusal !== null) {
      options.log.warn({ refusal, method: request.method }, 'The console refused a request');
      return sendText(response, 403, 'Refused.');
    }
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${port}`);
    if (request.method === 'POST') return handlePost(url.pathname, request, response);
    if (url.pathname === '/session') return redeem(url.searchParams.get('code') ?? '', response);
    if (url.pathname === '/events') return openStream(request, response);
    if (url.pathname.startsWith('/audit-export/') || url.pathname.startsWith('/set-export/')) {
      const session = sessionOf(request);
      if (session === null) return sendText(response, 401, 'Signed out.');
      if (!(await files.send(session, url.pathname, response))) sendText(response, 404, 'Not found.');
      return;
    }
    const file = await readStaticFile(options.rendererDirectory, url.pathname);
    if (file === null) return sendText(response, 404, 'Not found.');
    response.writeHead(200, { 'content-type': file.contentType, 'cache-control': file.cacheControl });
    response.end(request.method === 'HEAD' ? undefined : file.content);
  }

  async function handlePost(path: string, request: IncomingMessage, response: ServerResponse) {
    if (!(request.headers['content-type'] ?? '').startsWith('application/json')) {
      return sendText(response, 415, 'Only JSON is taken.');
    }
    const body = await readJsonBody(request);
    if (body === undefined)
      return sendText(response, 400, 'The request is not a JSON object of acceptable size.');
    if (path === '/sign-in') return signIn(body, response);
    const session = sessionOf(request);
    if (session === null) return sendResult(response, 401, signedOut);
    if (path === '/sign-out') {
      sessions.close(tokenOf(request) ?? '');
      return sendResult(response, 200, { ok: true, value: null });
    }
    if (path === '/audit-export') return auditDownloads.start(session, body, request, response);
    if (path === '/set-export') {
      return startSetDownload({ clock: options.clock, files }, session, body, request, response);
    }
    if (path !== '/api') return sendText(response, 404, 'Not found.');
    sendResult(response, 200, await options.router.dispatch(session, { name: body.name, input: body.input }));
  }

  async function signIn(body: Record<string, unknown>, response: ServerResponse): Promise<void> {
    try {
      if (typeof body.login !== 'string' || typeof body.password !== 'string') {
        throw new AppError('input_invalid', 'A login and a password are needed.');
      }
      const session = await options.signIn(body.login, body.password);
      setSessionCookie(response, sessions.open(session));
      sendResult(response, 200, { ok: true, value: { login: session.login } });
    } catch (error) {
      if (!isAppError(error)) throw error;
      const { code, message, nextStep, details } = error;
      sendResult(response, 401, { ok: false, error: { code, message, nextStep, details, fields: [] } });
    }
  }

  function redeem(code: string, response: ServerResponse): void {
    const token = sessions.redeemLink(code);
    if (token === null) {
      return sendText(
        response,
        403,
        'This link was used already or is too old. Ask the service for a new one.',
      );
    }
    setSessionCookie(response, token);
    response.writeHead(303, { location: '/' }).end();
  }

  function openStream(request: IncomingMessage, response: ServerResponse): void {
    const session = sessionOf(request);
    if (session === null) return sendText(response, 401, 'Signed out.');
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': open\n\n');
    streams.add(response);
    const stopWatching = options.watch(session, (notice) => {
      response.write(`data: ${JSON.stringify(notice)}\n\n`);
    });
    response.on('close', () => {
      streams.delete(response);
      stopWatching();
    });
  }

  let stopBeat = options.clock.after(keepAliveMs, beat, { unref: true });
  function beat(): void {
    for (const stream of streams) stream.write(': beat\n\n');
    stopBeat = options.clock.after(keepAliveMs, beat, { unref: true });
  }

  await listen(server, options.port);
  port = (server.address() as AddressInfo).port;

  return {
    port,
    linkFor: (session) => `http://127.0.0.1:${port}/session?code=${sessions.issueLink(session)}`,
    async close() {
      stopBeat();
      for (const stream of streams) stream.end();
      server.closeAllConnections();
      await files.close();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };

  function sessionOf(request: IncomingMessage): Session | null {
    const token = tokenOf(request);
    return token === null ? null : sessions.find(token);
  }
}

const signedOut: Result<never> = {
  ok: false,
  error: {
    code: 'signed_out',
    message: 'The session has ended.',
    nextStep: 'Sign in again.',
    details: {},
    fields: [],
  },
};

function tokenOf(request: IncomingMessage): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === cookieName && value) return value;
  }
  return null;
}

function setSessionCookie(response: ServerResponse, token: string): void {
  response.setHeader('set-cookie', `${cookieName}=${token}; Path=/; HttpOnly; SameSite=Strict`);
}

function setSecurityHeaders(response: ServerResponse): void {
  response.setHeader(
    'content-security-policy',
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
      "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
}

async function readJsonBody(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBodyBytes) return undefined;
    parts.push(part);
  }
  try {
    const parsed: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}

function sendResult(response: ServerResponse, status: number, result: Result<unknown>): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(result));
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new AppError('port_taken', `Port ${port} is in use by another program.`, {
              nextStep: 'Choose another port with --console-port, or 0 for any free one.',
            })
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', () => resolve());
  });
}
