import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";

const compress = promisify(brotliCompress);

/** zlib's default of 11 is made for files that are compressed once: 200 KiB take a quarter of a second. */
const BROTLI_QUALITY = 4;

const brotli = {
  ...compressionBrotli,
  compress: (bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
    compress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
};

/** What servers and clients can decompress, and compress with when the other side asks for it. */
export const compressions = [compressionGzip, brotli];
