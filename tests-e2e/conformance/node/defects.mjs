// Defects to plant in the twin, one small lie each. A defect may change the configuration (`configure`), the provider
// (`prepare`), a request (`asked`), an answer (`answered`) or what a rotation does (`rotated`).
// Which module has to see which defect stands in twin.py.
import { hash } from 'node:crypto';

import {
  asksAs, changeIdToken, changeJson, changeLocation, cookie, given, inLogoutToken, inStorage, isAt, signedAgain, subjectOf,
} from './lies.mjs';

const atAuthorization = (change) => ({ asked: (asked) => isAt(asked, '/auth') && change(given(asked)) });
const inIdToken = (change, options) => ({ answered: (answer, asked, world) => changeIdToken(answer, asked, world, change, options) });
const inDiscovery = (change) => ({
  answered: (answer, asked) => isAt(asked, '/.well-known/openid-configuration') && changeJson(answer, change),
});
const configure = (change) => ({ configure: change });
function codeRow(asked, world) {
  return isAt(asked, '/token') ? world.storage.find('AuthorizationCode', asked.form.get('code')) : undefined;
}

function speakFor(asked, world, clientId) {
  const owner = world.clients.find((client) => client.client_id === clientId);
  delete asked.request.headers.authorization;
  for (const name of ['client_assertion', 'client_assertion_type', 'client_secret']) asked.form.delete(name);
  asked.form.set('client_id', owner.client_id);
  if (owner.token_endpoint_auth_method === 'client_secret_post') asked.form.set('client_secret', owner.client_secret);
  if (owner.token_endpoint_auth_method === 'client_secret_basic') {
    const proof = Buffer.from(`${owner.client_id}:${owner.client_secret}`).toString('base64');
    asked.request.headers.authorization = `Basic ${proof}`;
  }
}

function dropVerifier(asked, world, isDropped) {
  const row = codeRow(asked, world);
  if (!row || !isDropped(row, asked.form)) return;
  delete row.codeChallenge;
  delete row.codeChallengeMethod;
  asked.form.delete('code_verifier');
}

export const DEFECTS = {
  // PKCE
  'pkce-not-required': configure((made) => { made.pkce.required = () => false; }),
  'pkce-not-checked': {
    configure: (made) => { made.pkce.required = () => false; },
    asked: (asked, world) => dropVerifier(asked, world, () => true),
  },
  'pkce-plain': atAuthorization((words) => {
    if (words.get('code_challenge_method') !== 'plain') return;
    words.set('code_challenge', hash('sha256', words.get('code_challenge'), 'base64url'));
    words.set('code_challenge_method', 'S256');
  }),
  'pkce-verifier-may-be-left-out': {
    asked: (asked, world) => dropVerifier(asked, world, (row, form) => !form.has('code_verifier')),
  },
  'pkce-verifier-without-challenge': {
    configure: (made) => { made.pkce.required = () => false; },
    asked: (asked, world) => dropVerifier(asked, world, (row) => !row.codeChallenge),
  },

  // Codes
  'code-good-twice': inStorage('AuthorizationCode', 'consume', async () => {}),
  'code-reuse-kills-nothing': {
    configure(made) {
      const Kept = made.adapter;
      made.adapter = class extends Kept {
        async revokeByGrantId(id) {
          if (this.model !== 'AccessToken' && this.model !== 'RefreshToken') await super.revokeByGrantId(id);
        }

        async destroy(id) {
          if (this.model !== 'Grant') await super.destroy(id);
        }
      };
    },
  },
  'code-for-every-client': {
    asked: (asked, world) => {
      const row = codeRow(asked, world);
      if (row && asksAs(asked) !== row.clientId) speakFor(asked, world, row.clientId);
    },
  },
  'code-lives-ten-minutes': configure((made) => { made.ttl.AuthorizationCode = 600; }),
  'code-address-not-compared': {
    asked: (asked, world) => {
      const row = codeRow(asked, world);
      if (row) asked.form.set('redirect_uri', row.redirectUri);
    },
  },

  // Addresses
  'redirect-uri-by-prefix': {
    prepare: (provider) => {
      provider.Client.prototype.redirectUriAllowed = function allowed(uri) {
        return this.redirectUris.some((known) => uri.startsWith(known));
      };
    },
  },
  'redirect-uri-may-be-left-out': configure((made) => { made.allowOmittingSingleRegisteredRedirectUri = true; }),
  'error-sent-anywhere': {
    answered: (answer, asked) => {
      const uri = isAt(asked, '/auth') && given(asked).get('redirect_uri');
      if (!uri || answer.response.statusCode !== 400) return;
      answer.response.statusCode = 303;
      answer.response.setHeader('Location', `${uri}?error=invalid_request`);
    },
  },

  // Answers
  'iss-missing': { answered: (answer) => changeLocation(answer, (query) => query.delete('iss')) },
  'iss-missing-in-errors': {
    answered: (answer) => changeLocation(answer, (query) => query.has('error') && query.delete('iss')),
  },
  'iss-of-another': {
    answered: (answer) => changeLocation(answer, (query) => query.has('iss') && query.set('iss', 'https://other.example')),
  },
  'state-cut': {
    answered: (answer) => changeLocation(answer, (query) => query.has('state') && query.set('state', query.get('state').slice(0, 128))),
  },
  'state-missing-in-errors': {
    answered: (answer) => changeLocation(answer, (query) => query.has('error') && query.delete('state')),
  },
  'nonce-cut': atAuthorization((words) => words.has('nonce') && words.set('nonce', words.get('nonce').slice(0, 128))),
  'nonce-invented': atAuthorization((words) => words.has('nonce') || words.set('nonce', 'invented')),
  'response-type-taken-as-code': atAuthorization((words) => words.set('response_type', 'code')),
  'unknown-parameter-refused': atAuthorization((words) => words.has('extra') && words.delete('client_id')),
  'public-client-refused': atAuthorization((words) => words.get('client_id') === 'public' && words.delete('client_id')),
  'post-refused': configure((made) => { made.enableHttpPostMethods = false; }),
  'request-object-passed-over': atAuthorization((words) => words.delete('request')),
  'request-uri-passed-over': atAuthorization((words) => words.delete('request_uri')),
  'tokens-may-be-cached': { answered: (answer, asked) => isAt(asked, '/token') && answer.response.removeHeader('Cache-Control') },

  // ID tokens
  'id-token-unsigned': inIdToken(() => {}, { alg: 'none' }),
  'id-token-signed-by-nobody': inIdToken(() => {}, { foreign: true }),
  'id-token-for-another': inIdToken((claims) => { claims.aud = 'somebody-else'; }),
  'id-token-of-another-issuer': inIdToken((claims) => { claims.iss = 'https://other.example'; }),
  'id-token-without-nonce': inIdToken((claims) => { delete claims.nonce; }),
  'id-token-over': inIdToken((claims) => { claims.exp = claims.iat - 600; }),
  'id-token-wrong-at-hash': inIdToken((claims) => { claims.at_hash = 'AAAAAAAAAAAAAAAAAAAAAA'; }),
  'auth-time-now': inIdToken((claims) => { claims.auth_time = Math.floor(Date.now() / 1000); }),

  // Sessions
  'prompt-none-passed-over': atAuthorization((words) => words.get('prompt') === 'none' && words.delete('prompt')),
  'prompt-login-passed-over': atAuthorization((words) => words.get('prompt') === 'login' && words.delete('prompt')),
  'max-age-passed-over': atAuthorization((words) => words.delete('max_age')),
  'max-age-taken-as-zero': atAuthorization((words) => words.has('max_age') && words.set('prompt', 'login')),
  'hint-of-another-passed-over': atAuthorization((words) => words.delete('id_token_hint')),
  'acr-values-refused': atAuthorization((words) => words.has('acr_values') && words.set('prompt', 'nonsense')),
  'languages-refused': atAuthorization((words) => (words.get('ui_locales') ?? '').includes('se') && words.delete('scope')),
  'claims-languages-refused': atAuthorization((words) => words.has('claims_locales') && words.delete('client_id')),
  'login-hint-refused': atAuthorization((words) => words.has('login_hint') && words.delete('client_id')),
  'display-popup-refused': atAuthorization((words) => words.get('display') === 'popup' && words.delete('client_id')),
  'display-page-refused': atAuthorization((words) => words.get('display') === 'page' && words.delete('client_id')),
  'order-matters': atAuthorization((words) => [...words.keys()][0] !== 'response_type' && words.delete('client_id')),

  // Claims and userinfo
  'every-claim-for-everybody': configure((made) => {
    made.claims.openid = Object.values(made.claims).flat();
  }),
  'no-e-mail': configure((made) => { made.claims.email = ['email_verified']; }),
  'no-profile': configure((made) => { made.claims.profile = []; }),
  'no-address': configure((made) => { made.claims.address = ['country']; }),
  'no-phone': configure((made) => { made.claims.phone = []; }),
  'claims-passed-over': atAuthorization((words) => words.delete('claims')),
  'userinfo-of-another': { answered: (answer, asked) => isAt(asked, '/me') && changeJson(answer, (told) => told.sub && (told.sub = 'another')) },
  'userinfo-for-everybody': {
    answered: (answer, asked) => {
      if (!isAt(asked, '/me') || asked.request.headers.authorization || asked.form?.has('access_token')) return;
      answer.response.statusCode = 200;
    },
  },
  'userinfo-by-get-only': { asked: (asked) => isAt(asked, '/me') && asked.request.method === 'POST' && asked.url.searchParams.set('access_token', 'x') },
  'userinfo-form-refused': {
    answered: (answer, asked) => {
      if (isAt(asked, '/me') && asked.form?.has('access_token')) answer.response.statusCode = 403;
    },
  },
  'userinfo-takes-any-token': {
    asked: (asked, world) => {
      const subject = isAt(asked, '/me') && subjectOf(asked.request.headers.authorization);
      const [key] = [...world.storage.rows].find(([id, row]) => id.startsWith('AccessToken:') && row.payload.accountId === subject && !row.payload.aud) ?? [];
      if (key) asked.request.headers.authorization = `Bearer ${key.slice('AccessToken:'.length)}`;
    },
  },
  'bearer-in-small-letters-refused': {
    asked: (asked) => {
      const proof = asked.request.headers.authorization;
      if (isAt(asked, '/me') && proof && !proof.startsWith('Bearer ')) delete asked.request.headers.authorization;
    },
  },

  // Refresh tokens and clients
  'refresh-for-every-client': {
    asked: (asked, world) => {
      const row = isAt(asked, '/token') && world.storage.find('RefreshToken', asked.form.get('refresh_token'));
      if (row && asksAs(asked) !== row.clientId) speakFor(asked, world, row.clientId);
    },
  },
  'refresh-never-replaced': configure((made) => { made.rotateRefreshToken = false; }),
  'refresh-good-twice': inStorage('RefreshToken', 'consume', async () => {}),
  'any-secret-will-do': {
    asked: (asked, world) => {
      if (isAt(asked, '/token') && asked.form.has('client_secret')) speakFor(asked, world, asked.form.get('client_id'));
    },
  },
  'assertion-clock-passed-over': configure((made) => { made.clockTolerance = 3000; }),
  'assertion-clock-strict': configure((made) => { made.clockTolerance = 0; }),
  'assertion-good-twice': { prepare: (provider) => { provider.ReplayDetection.unique = async () => true; } },

  // Signing out
  'after-sign-out-anywhere': { prepare: (provider) => { provider.Client.prototype.postLogoutRedirectUriAllowed = () => true; } },
  'after-sign-out-by-prefix': {
    prepare: (provider) => {
      provider.Client.prototype.postLogoutRedirectUriAllowed = function allowed(uri) {
        return this.postLogoutRedirectUris.some((known) => uri.startsWith(known));
      };
    },
  },
  'sign-out-hint-not-verified': {
    async asked(asked, world) {
      const words = asked.url.searchParams;
      if (!isAt(asked, '/session/end') || !words.has('id_token_hint')) return;
      words.set('id_token_hint', await signedAgain(world, words.get('id_token_hint')));
    },
  },
  'sign-out-without-asking': {
    asked: (asked, world) => {
      const id = isAt(asked, '/session/end') && !asked.url.searchParams.has('id_token_hint') && cookie(asked, '_session');
      if (id) world.storage.rows.delete(`Session:${id}`);
    },
  },
  'sign-out-for-any-client': {
    asked: (asked, world) => {
      const words = asked.url.searchParams;
      if (!isAt(asked, '/session/end') || words.has('id_token_hint')) return;
      const uri = words.get('post_logout_redirect_uri');
      const owner = world.clients.find((client) => client.post_logout_redirect_uris.includes(uri));
      if (owner) words.set('client_id', owner.client_id);
    },
  },
  'sign-out-keeps-the-session': {
    asked: (asked, world) => {
      if (isAt(asked, '/session/end/confirm')) asked.kept = [...world.storage.rows].filter(([key]) => key.startsWith('Session:'));
    },
    answered: (answer, asked, world) => {
      if (!asked.kept) return;
      for (const [key, row] of asked.kept) world.storage.rows.set(key, row);
      answer.response.removeHeader('Set-Cookie');
    },
  },
  'sign-out-state-lost': {
    answered: (answer, asked) => isAt(asked, '/session/end/confirm') && changeLocation(answer, (query) => query.delete('state')),
  },
  'sign-out-state-invented': {
    answered: (answer, asked) => isAt(asked, '/session/end/confirm')
      && changeLocation(answer, (query) => query.has('state') || query.set('state', 'invented')),
  },
  'sign-out-told-to-nobody': configure((made) => {
    made.clients = made.clients.map(({ backchannel_logout_uri, ...client }) => ({ ...client, backchannel_logout_session_required: false }));
  }),
  'logout-token-with-nonce': inLogoutToken((claims) => { claims.nonce = 'n'; }),
  'logout-token-without-event': inLogoutToken((claims) => { delete claims.events; }),
  'logout-token-for-another': inLogoutToken((claims) => { claims.aud = 'somebody-else'; }),
  'refusal-kept-from-the-client': {
    asked: (asked) => asked.form?.get('decision') === 'refuse' && asked.form.set('decision', 'accept'),
  },

  // Keys, discovery, accounts, pages
  'rotation-drops-the-old-key': { rotated: (world) => { world.keys = world.keys.slice(0, 1); } },
  'rotation-does-nothing': { rotated: (world) => { world.keys = world.keys.slice(1); } },
  'private-keys-published': {
    answered: (answer, asked, world) => isAt(asked, '/jwks') && changeJson(answer, (set) => { set.keys = world.keys; }),
  },
  'discovery-of-another': inDiscovery((told) => { told.issuer = `${told.issuer}/`; }),
  'discovery-offers-plain': inDiscovery((told) => { told.code_challenge_methods_supported.push('plain'); }),
  'discovery-offers-unsigned': inDiscovery((told) => { told.id_token_signing_alg_values_supported.push('none'); }),
  'stopped-accounts-served': { neverStops: true },
  'address-told-to-others': { answered: (answer) => answer.response.removeHeader('Referrer-Policy') },
  'form-sent-on': {
    answered: (answer, asked) => {
      if (asked.url.pathname.startsWith('/interaction/') && answer.response.statusCode === 303) answer.response.statusCode = 307;
    },
  },
};
