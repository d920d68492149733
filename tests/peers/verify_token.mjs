// Verifies a token of Usher's as a service written in JavaScript would: with
// jose, by the keys that Usher publishes. One job in, one answer out; see README.md.

import { webcrypto } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { require, answer } from './tools.mjs';

// Node 18 has it, but does not yet call it so.
globalThis.crypto ??= webcrypto;
const { createRemoteJWKSet, errors, jwtVerify } = await import(pathToFileURL(require.resolve('jose')));

await answer(async (job) => {
  try {
    const { payload, protectedHeader } = await jwtVerify(job.token, createRemoteJWKSet(new URL(job.jwks_url)), {
      algorithms: [job.algorithm],
      audience: job.audience,
      issuer: job.issuer,
      requiredClaims: ['exp', 'iat', 'nbf', 'iss', 'aud', 'sub', 'sid'],
    });
    return { claims: payload, key_id: protectedHeader.kid };
  } catch (error) {
    if (error instanceof errors.JOSEError) return { rejected: error.code };
    throw error;
  }
});
