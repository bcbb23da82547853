import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, errorText } from '../../shared/errors.ts';
import { refuseRequest } from '../console/request-guard.ts';
import type { Log } from '../engine/ports.ts';
import type { Liveness } from './liveness.ts';

export interface HealthServer {
  port: number;
  close(): Promise<void>;
}

/**
 * Answers on 127.0.0.1 only: `/healthz` with 200 while the service is well and 503 otherwise (JSON: state and
 * sentence), `/metrics` in the text format of Prometheus. Throws `port_taken`.
 */
export async function startHealthServer(options: {
  /** 0 lets the system choose. */
  port: number;
  judge: () => Liveness;
  metrics: () => Promise<{ contentType: string; text: string }>;
  log: Log;
}): Promise<HealthServer> {
  let port = 0;
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    if (path === '/healthz') {
      const liveness = options.judge();
      response.writeHead(liveness.state === 'well' ? 200 : 503, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify(liveness)}\n`);
    } else if (path === '/metrics') {
      const { contentType, text } = await options.metrics();
      response.writeHead(200, { 'content-type': contentType });
      response.end(text);
    } else {
      sendText(response, 404, 'Not found. There are /healthz and /metrics.');
    }
  };
  const server = createServer((request, response) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    if (refuseRequest(request, port) !== null) return sendText(response, 403, 'Refused.');
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendText(response, 405, 'Only GET.');
    const path = new URL(request.url ?? '/', `http://127.0.0.1:${port}`).pathname;
    answer(path, response).catch((error: unknown) => {
      options.log.warn({ error: errorText(error) }, 'A question about health could not be answered');
      if (response.headersSent) response.destroy();
      else sendText(response, 500, 'The figures could not be read.');
    });
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      reject(
        taken
          ? new AppError('port_taken', `Port ${options.port} cannot be opened for health and metrics.`, {
              nextStep: 'Choose another one with --metrics-port.',
              cause: error,
            })
          : error,
      );
    });
    server.listen(options.port, '127.0.0.1', resolve);
  });
  port = (server.address() as AddressInfo).port;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}
