// How defects look at requests and change answers.
import { generateKeyPairSync } from 'node:crypto';

import { CompactSign, decodeJwt, decodeProtectedHeader, importJWK } from 'jose';

export function isAt(asked, path) {
  return asked.url.pathname === path;
}

// The parameters of an authorisation request, wherever they are.
export function given(asked) {
  return asked.form ?? asked.url.searchParams;
}

// Which client a request to the token endpoint says it is.
export function asksAs(asked) {
  const proof = asked.request.headers.authorization;
  return proof ? Buffer.from(proof.split(' ')[1], 'base64').toString().split(':')[0] : asked.form.get('client_id');
}

export function cookie(asked, name) {
  const found = (asked.request.headers.cookie ?? '').match(new RegExp(`(?:^|; )${name}=([^;]+)`));
  return found?.[1];
}

export function changeLocation(answer, change) {
  const location = answer.response.getHeader('Location');
  if (!location || !URL.canParse(location)) return;
  const url = new URL(location);
  change(url.searchParams);
  answer.response.setHeader('Location', url.href);
}

export function changeJson(answer, change) {
  if (!String(answer.response.getHeader('Content-Type') ?? '').includes('json')) return;
  const told = JSON.parse(answer.body);
  change(told);
  answer.body = JSON.stringify(told);
}

export async function changeIdToken(answer, asked, world, change, options = {}) {
  if (!isAt(asked, '/token') || !answer.body.includes('"id_token"')) return;
  const told = JSON.parse(answer.body);
  told.id_token = await forgedBy(world, told.id_token, change, options);
  answer.body = JSON.stringify(told);
}

export async function forgedBy(world, token, change, { alg, foreign } = {}) {
  const claims = decodeJwt(token);
  change(claims);
  const header = decodeProtectedHeader(token);
  const encoded = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  if (alg === 'none') return `${encoded({ ...header, alg })}.${encoded(claims)}.`;
  const key = foreign
    ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    : await importJWK(world.keys[0], 'RS256');
  return new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader(header).sign(key);
}

// The same claims under our own signature, whoever signed them before.
export async function signedAgain(world, token) {
  const header = { alg: 'RS256', kid: world.keys[0].kid };
  return new CompactSign(Buffer.from(JSON.stringify(decodeJwt(token)))).setProtectedHeader(header).sign(await importJWK(world.keys[0], 'RS256'));
}

// The subject of a token that is a JWT, whatever it was made for.
export function subjectOf(authorization) {
  try {
    return decodeJwt((authorization ?? '').split(' ')[1] ?? '').sub;
  } catch {
    return undefined;
  }
}

// Replace a method of what the provider keeps of a model.
export const inStorage = (model, method, replacement) => ({
  configure(made) {
    const Kept = made.adapter;
    made.adapter = class extends Kept {
      async [method](...words) {
        return this.model === model || model === '*' ? replacement.apply(this, words) : super[method](...words);
      }
    };
  },
});

// Change the claims of every logout token on its way.
export const inLogoutToken = (change) => ({
  configure(made, world) {
    made.fetch = async (url, { dispatcher, ...options }) => {
      const token = await forgedBy(world, new URLSearchParams(options.body).get('logout_token'), change);
      return globalThis.fetch(url, { ...options, body: new URLSearchParams({ logout_token: token }) });
    };
  },
});
