// An identity provider made of samlify, as a program: one job in, one answer
// out. See README.md beside this file for both.

import { randomUUID } from 'node:crypto';
import { require, answer, cipherUri } from './tools.mjs';

const samlify = require('samlify');

// samlify wants a schema validator, and ships none; what is tested here is how
// its messages are read.
samlify.setSchemaValidator({ validate: async () => 'not validated' });

const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const EMAIL = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
const AUTHN_STATEMENT =
  '<saml:AuthnStatement AuthnInstant="{IssueInstant}" SessionIndex="{SessionIndex}"><saml:AuthnContext>' +
  '<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport' +
  '</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>';

/** samlify's attribute template holds one value each, so a value is a template of its own. */
function attributeTemplates(attributes) {
  return Object.entries(attributes).flatMap(([name, values]) =>
    values.map((_, index) => ({
      name,
      valueTag: `${name}${index}`,
      nameFormat: 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic',
      valueXsiType: 'xs:string',
    })),
  );
}

function provider(job) {
  const context = samlify.SamlLib.defaultLoginResponseTemplate.context.replace('{AuthnStatement}', AUTHN_STATEMENT);
  return samlify.IdentityProvider({
    entityID: job.idp_entity_id,
    signingCert: job.certificate,
    privateKey: job.key,
    wantAuthnRequestsSigned: true,
    nameIDFormat: [job.name_id_format ?? EMAIL],
    singleSignOnService: [{ Binding: REDIRECT, Location: job.sso_url }],
    singleLogoutService: [{ Binding: REDIRECT, Location: job.sso_url.replace(/sso$/, 'slo') }],
    requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    isAssertionEncrypted: job.encrypt !== 'none',
    dataEncryptionAlgorithm: cipherUri(job.encrypt),
    keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
    loginResponseTemplate: { context, attributes: attributeTemplates(job.attributes ?? {}) },
  });
}

/** Reads the request and checks its signature with the keys of the service provider's metadata. */
async function ask(idp, sp, url) {
  const query = Object.fromEntries(url.searchParams);
  const octetString = url.search.slice(1).replace(/&Signature=[^&]*/, '');
  return idp.parseLoginRequest(sp, 'redirect', { query, octetString });
}

/** Fills samlify's template: it knows the tags of its own, the rest is the caller's. */
function fill(job, idp, sp, requestId) {
  return (template) => {
    const now = new Date();
    const end = new Date(now.getTime() + 300_000).toISOString();
    const acsUrl = sp.entityMeta.getAssertionConsumerService('post');
    const id = `_${randomUUID()}`;
    const values = {
      ID: id,
      AssertionID: `_${randomUUID()}`,
      Destination: acsUrl,
      Audience: sp.entityMeta.getEntityID(),
      SubjectRecipient: acsUrl,
      Issuer: idp.entityMeta.getEntityID(),
      IssueInstant: now.toISOString(),
      StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
      ConditionsNotBefore: now.toISOString(),
      ConditionsNotOnOrAfter: end,
      SubjectConfirmationDataNotOnOrAfter: end,
      NameIDFormat: job.name_id_format ?? EMAIL,
      NameID: job.name_id,
      InResponseTo: requestId,
      SessionIndex: `_${randomUUID()}`,
    };
    for (const [name, list] of Object.entries(job.attributes)) {
      list.forEach((value, index) => {
        const tag = `${name}${index}`;
        values[`attr${tag[0].toUpperCase()}${tag.slice(1)}`] = value;
      });
    }
    return { id, context: samlify.SamlLib.replaceTagsByValue(template, values) };
  };
}

async function respond(job) {
  if (job.sign === 'response') {
    throw new Error('samlify signs the assertion when the metadata wants it signed: no response alone');
  }
  const idp = provider(job);
  const sp = samlify.ServiceProvider({ metadata: job.sp_metadata, wantMessageSigned: job.sign === 'both' });
  const request = job.login_url ? await ask(idp, sp, new URL(job.login_url)) : null;
  const asked = request && {
    id: request.extract.request.id,
    force_authn: request.extract.request.forceAuthn === 'true',
  };
  const relay_state = job.login_url ? new URL(job.login_url).searchParams.get('RelayState') : null;
  const { context, entityEndpoint } = await idp.createLoginResponse(sp, request, 'post', {}, {
    customTagReplacement: fill(job, idp, sp, asked?.id),
    // The other order signs what is encrypted afterwards: no service provider
    // that checks the response's signature as the standard says could accept it.
    encryptThenSign: true,
  });
  return { asked, acs_url: entityEndpoint, relay_state, saml_response: context };
}

await answer((job) => (job.action === 'metadata' ? { metadata: provider(job).getMetadata() } : respond(job)));
