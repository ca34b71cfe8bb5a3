import {
  ATTR_CLIENT_ADDRESS,
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_RPC_METHOD,
  ATTR_RPC_STATUS_CODE,
  ATTR_RPC_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
  ATTR_URL_PATH,
  METRIC_HTTP_SERVER_REQUEST_DURATION,
  METRIC_RPC_CLIENT_CALL_DURATION,
  METRIC_RPC_SERVER_CALL_DURATION,
} from "@opentelemetry/semantic-conventions";

/**
 * The name of every attribute that Gantry sets on spans and metrics. In one place, because the conventions for RPC and
 * messaging still move (OpenTelemetry semantic conventions 1.45).
 */
export const attributeNames = {
  clientAddress: ATTR_CLIENT_ADDRESS,
  errorType: ATTR_ERROR_TYPE,
  httpMethod: ATTR_HTTP_REQUEST_METHOD,
  httpRoute: ATTR_HTTP_ROUTE,
  httpStatus: ATTR_HTTP_RESPONSE_STATUS_CODE,
  /** The full method: `pkg.Service/Method`. */
  rpcMethod: ATTR_RPC_METHOD,
  /** The Connect code as text: `not_found`; `ok` for success. */
  rpcStatus: ATTR_RPC_STATUS_CODE,
  /** `connectrpc` or `grpc`. */
  rpcSystem: ATTR_RPC_SYSTEM_NAME,
  serverAddress: ATTR_SERVER_ADDRESS,
  serverPort: ATTR_SERVER_PORT,
  serviceName: ATTR_SERVICE_NAME,
  serviceVersion: ATTR_SERVICE_VERSION,
  urlPath: ATTR_URL_PATH,
} as const;

/** The name of every instrument that Gantry records, with its unit. */
export const instrumentNames = {
  /** Histogram, seconds. */
  httpServerDuration: METRIC_HTTP_SERVER_REQUEST_DURATION,
  /** Histogram, seconds. */
  rpcServerDuration: METRIC_RPC_SERVER_CALL_DURATION,
  /** Histogram, seconds. */
  rpcClientDuration: METRIC_RPC_CLIENT_CALL_DURATION,
  /** Gauge, seconds; the name is still experimental in the conventions. */
  eventLoopDelayP99: "nodejs.eventloop.delay.p99",
} as const;
