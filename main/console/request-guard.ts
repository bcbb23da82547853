import type { IncomingMessage } from 'node:http';

/**
 * Why a request is refused before anything looks at it, or null when it may pass. A page of another site in
 * the same browser can reach a loopback port, and DNS rebinding can give it our address under its own name;
 * so the Host must be the loopback name itself, and anything that changes or asks must come from our origin.
 */
export function refuseRequest(request: IncomingMessage, port: number): string | null {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const host = request.headers.host;
  if (host === undefined || !hosts.includes(host)) return 'host';
  const remote = request.socket.remoteAddress;
  if (remote !== '127.0.0.1' && remote !== '::1' && remote !== '::ffff:127.0.0.1') return 'address';
  const origin = request.headers.origin;
  if (origin !== undefined && origin !== `http://${host}`) return 'origin';
  const site = request.headers['sec-fetch-site'];
  if (request.method === 'GET' || request.method === 'HEAD') {
    // Following a link from a mail or a terminal is a cross-site navigation, and is how the console is opened.
    const navigates = request.headers['sec-fetch-mode'] === 'navigate';
    return site === undefined || site === 'same-origin' || site === 'none' || navigates ? null : 'site';
  }
  if (request.method !== 'POST') return 'method';
  if (origin === undefined) return 'origin';
  return site === undefined || site === 'same-origin' ? null : 'site';
}
