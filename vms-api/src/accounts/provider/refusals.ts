import type { SafecityError } from '@safecity/contracts';
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { failure } from '../../server/failure.js';

/** What a check of the library compared, for the audit log: `nonce`, `aud`, `exp`; never a value. */
function checkOf(error: ClientError): string {
  const { claim, parameter } = (causeOf(error) ?? {}) as { claim?: unknown; parameter?: unknown };
  const named = claim ?? parameter;
  return typeof named === 'string' ? named : (error.code ?? 'token');
}

function causeOf(error: Error): unknown {
  const { cause } = error;
  return cause instanceof Error ? cause.cause : cause;
}

/** Errors of an exchange with the provider that did not end in an identity, each as one of ours. */
export function refusalOf(error: unknown): SafecityError {
  if (error instanceof AuthorizationResponseError)
    return failure('API_OIDC_DENIED', 403, `the identity provider refused: ${error.error}`, error);
  if (error instanceof ResponseBodyError)
    return failure('API_OIDC_TOKEN', 403, `the identity provider refused the code: ${error.error}`, error);
  if (!(error instanceof ClientError)) return failure('API_OIDC_UNREACHABLE', 503, 'the identity provider does not answer', error);
  if (error.code === 'OAUTH_TIMEOUT' || error.code === 'OAUTH_ABORT')
    return failure('API_OIDC_UNREACHABLE', 503, 'the identity provider does not answer', error);
  return failure('API_OIDC_TOKEN', 403, `what the identity provider answered does not hold: ${checkOf(error)}`, error);
}
