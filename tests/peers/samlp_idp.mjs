// An identity provider made of samlp, as a program: one job in, one answer out.
// See README.md beside this file for both.

import { require, answer, cipherUri, readMetadata } from './tools.mjs';

const samlp = require('samlp');

/** samlp asks a mapper what to say about a person; this one says what the job says. */
function mapper(job) {
  const map = () => ({
    getClaims: () => job.attributes,
    getNameIdentifier: () => ({
      nameIdentifier: job.name_id,
      nameIdentifierFormat: job.name_id_format ?? 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    }),
  });
  map.prototype = { metadata: [] };
  return map;
}

/** The metadata that samlp's own endpoint publishes. */
function metadata(job) {
  const url = new URL(job.sso_url);
  const endpoint = samlp.metadata({
    issuer: job.idp_entity_id,
    cert: job.certificate,
    redirectEndpointPath: url.pathname,
    postEndpointPath: url.pathname,
    profileMapper: mapper(job),
  });
  let xml;
  const request = { headers: { host: url.host }, protocol: url.protocol.replace(':', ''), originalUrl: '/' };
  endpoint(request, { set: () => {}, send: (body) => (xml = body) });
  return { metadata: xml };
}

/** samlp's endpoint as a web framework would call it: with a request, until it answers. */
function call(endpoint, request) {
  return new Promise((resolve, reject) => {
    const response = { send: (status) => reject(new Error(`samlp answers ${status}`)) };
    endpoint({ ...request, answered: resolve }, response, reject);
  });
}

async function respond(job) {
  const sp = readMetadata(job.sp_metadata);
  const url = new URL(job.login_url ?? job.sso_url);
  let asked = null;
  const endpoint = samlp.auth({
    issuer: job.idp_entity_id,
    key: job.key,
    cert: job.certificate,
    audience: sp.entityId,
    recipient: sp.acsUrl,
    destination: sp.acsUrl,
    lifetimeInSeconds: 300,
    signingCert: job.login_url ? sp.signingCertificates[0] : undefined,
    signResponse: job.sign !== 'assertion',
    signAssertion: job.sign !== 'response',
    encryptionCert: job.encrypt === 'none' ? undefined : sp.encryptionCertificates[0],
    encryptionPublicKey: job.encrypt === 'none' ? undefined : sp.encryptionCertificates[0],
    encryptionAlgorithm: cipherUri(job.encrypt),
    authnContextClassRef: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
    profileMapper: mapper(job),
    getUserFromRequest: () => ({}),
    getPostURL: (_audience, request, _req, done) => {
      const root = request?.documentElement;
      const wanted = root?.getAttribute('AssertionConsumerServiceURL');
      if (wanted && wanted !== sp.acsUrl) {
        return done(`the request asks for an answer to ${wanted}`);
      }
      if (root) {
        asked = { id: root.getAttribute('ID'), force_authn: root.getAttribute('ForceAuthn') === 'true' };
      }
      done(null, sp.acsUrl);
    },
    responseHandler: (response, _options, request) => request.answered(response.toString('base64')),
  });
  const query = Object.fromEntries(url.searchParams);
  const saml_response = await call(endpoint, { method: 'GET', query });
  const relay_state = query.RelayState ?? null;
  return { asked, acs_url: sp.acsUrl, relay_state, saml_response };
}

await answer((job) => (job.action === 'metadata' ? metadata(job) : respond(job)));
