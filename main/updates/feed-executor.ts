import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import {
  configureRequestOptions,
  configureRequestUrl,
  type DownloadOptions,
  HttpExecutor,
} from 'builder-util-runtime';
import { AppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { readFeed, trustedAuthorities } from './read-feed.ts';

/**
 * What electron-updater asks the network with. Its own would follow redirects and addresses of files to any host; this
 * one speaks to the host of the feed and to no other, trusts whom the rest of this process trusts, and sends no number
 * of this installation along.
 */
export class FeedExecutor extends HttpExecutor<ClientRequest> {
  readonly feed: URL;
  readonly clock: Clock;
  readonly ca = trustedAuthorities();

  constructor(feed: URL, clock: Clock) {
    super();
    this.feed = feed;
    this.clock = clock;
  }

  /** The text of an entry, with the limits that `readFeed` has and without the headers that were asked for. */
  override async request(options: RequestOptions): Promise<string | null> {
    return await readFeed({ entry: new URL(options.path ?? '/', this.originOf(options)), clock: this.clock });
  }

  /** Fetches a file of the feed to a place on disk and compares it with the sum in the entry. */
  async download(url: URL, destination: string, options: DownloadOptions): Promise<string> {
    return await options.cancellationToken.createPromise<string>((resolve, reject, onCancel) => {
      const requestOptions: RequestOptions = { headers: options.headers ?? undefined };
      configureRequestUrl(url, requestOptions);
      configureRequestOptions(requestOptions);
      this.doDownload(
        requestOptions,
        {
          destination,
          options,
          onCancel,
          // Called without an argument when the file is closed.
          callback: (error) => (error instanceof Error ? reject(error) : resolve(destination)),
          responseHandler: null,
        },
        0,
      );
    });
  }

  override createRequest(
    options: RequestOptions,
    callback: (response: IncomingMessage) => void,
  ): ClientRequest {
    const origin = this.originOf(options);
    const request = httpsRequest({ ...options, ca: this.ca }, (response) => {
      const { statusCode = 0 } = response;
      if (statusCode < 300 || statusCode >= 400) {
        callback(response);
        return;
      }
      response.destroy();
      // Told as an error of the request, because the base class would follow it.
      request.emit('error', foreign(`The update feed at ${origin.host} redirects to another address`));
    });
    return request;
  }

  /** The address that a request leads to, without its path; refuses everything but the feed's own. */
  private originOf({ protocol, hostname, port }: RequestOptions): URL {
    const origin = new URL(
      `${protocol ?? 'https:'}//${hostname ?? ''}${port === undefined || port === null || port === '' ? '' : `:${port}`}`,
    );
    if (origin.origin !== this.feed.origin) {
      throw foreign(`The update feed at ${this.feed.host} sends to ${origin.host}`);
    }
    return origin;
  }
}

function foreign(what: string): AppError {
  return new AppError('feed_refused', `${what}, which is not followed.`, {
    nextStep: 'Tell whoever keeps the feed: entries and files lie on one host.',
  });
}
