const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * A method for spans and metrics. Anything can stand there, and each would be a series of its own: OpenTelemetry says
 * `_OTHER`.
 */
export const knownMethod = (method: string): string => (methods.has(method) ? method : "_OTHER");
