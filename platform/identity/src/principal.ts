/** The header that carries the signed identity between services, in lower case. */
export const IDENTITY_HEADER = "x-gantry-identity";

/** A person, on whose behalf the call is made. */
export interface UserPrincipal {
  readonly kind: "user";
  readonly userUuid: string;
  /** The session that the call was made with. Not a secret: it opens nothing. */
  readonly sessionUuid: string;
  /** The verified token, to be forwarded on calls made for this person. Never log it. */
  readonly token: string;
}

/** Another service of this system, acting for nobody in particular. */
export interface ServicePrincipal {
  readonly kind: "service";
  readonly service: string;
  /** The verified token. Never log it. */
  readonly token: string;
}

/** Who calls. */
export type Principal = UserPrincipal | ServicePrincipal;
