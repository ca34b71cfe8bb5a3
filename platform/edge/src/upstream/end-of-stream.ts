import type { ClientHttp2Stream } from "node:http2";

/**
 * Watches for END_STREAM. "end" alone is no proof of it: Node ends a stream that is reset, or whose connection is lost, by the same
 * last push, and for RST_STREAM(NO_ERROR) without any other sign than that the stream is closed by then.
 * @returns tells whether the other side has ended the stream itself
 */
export function watchEndOfStream(stream: ClientHttp2Stream): () => boolean {
  let isEnded = false;
  const push = stream.push.bind(stream);
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk === null && !stream.closed && !stream.destroyed) isEnded = true;
    return push(chunk, encoding);
  };
  return () => isEnded;
}
