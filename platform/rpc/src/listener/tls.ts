/** A certificate and its key, as PEM texts. */
export interface TlsKeys {
  /** The certificate, followed by those that lead to a known authority. */
  readonly cert: string;
  readonly key: string;
}
