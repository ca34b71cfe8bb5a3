import { createHttpSessionCheck, type HttpSessionCheck } from "@gantry/edge";
import { AuthService } from "@gantry/gen/proto/gantry/iam/v1/auth_service_pb";
import { createIdentitySigner, type IdentityPrivateJwk, serviceIdentity } from "@gantry/identity";

export interface IamOptions {
  readonly url: string;
  /** The key that signs the gateway's own identity. */
  readonly identityKey: IdentityPrivateJwk;
}

/** Sessions are IAM's. Asked in Connect's JSON, of which only headers come back to be read. */
export function iamSessionCheck({ url, identityKey }: IamOptions): HttpSessionCheck {
  const { checkSession } = AuthService.method;
  return createHttpSessionCheck({
    url,
    path: `/${AuthService.typeName}/${checkSession.name}`,
    body: (token) => `{"sessionToken":"${token}"}`,
    identity: serviceIdentity({ signer: createIdentitySigner({ privateJwk: identityKey }), callee: "iam" }),
  });
}
